// Loaded before a server (`node -r`): whatever listens, listens on this machine alone.
const { Server } = require("net");

const listen = Server.prototype.listen;

Server.prototype.listen = function (where, ...rest) {
  const isPort = typeof where === "number" || /^\d+$/.test(where);
  if (isPort && typeof rest[0] === "string") rest.shift();
  const place = isPort ? { port: Number(where) } : where;
  if (place === null || typeof place !== "object" || !("port" in place)) {
    return listen.call(this, where, ...rest);
  }
  return listen.call(this, { ...place, host: "127.0.0.1" }, ...rest);
};
