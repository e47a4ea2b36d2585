// Bluesky's own PLC, PDS and AppView on loopback; says where they are in one line of JSON, and ends
// with its standard input. Wants DB_POSTGRES_URL, DB_POSTGRES_SCHEMA and REDIS_HOST.
const { TestNetwork } = require("@atproto/dev-env");
const { JWT_SECRET } = require("@atproto/dev-env/dist/const");

async function main() {
  const network = await TestNetwork.create({
    dbPostgresSchema: process.env.DB_POSTGRES_SCHEMA,
  });
  const places = { pds: network.pds.url, appview: network.bsky.url, jwt_secret: JWT_SECRET };
  process.stdout.write(`${JSON.stringify(places)}\n`);
  process.stdin.resume().on("end", () => process.exit(0));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
