"""Smooth functions around the week and their exact posterior over many accounts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLOTS = 168
"""Hours of a week; slot 0 is Monday 00:00 local time."""

_DAY_HOURS = 2.5
_WEEK_HOURS = 3.0
_DAY_SHARE = 0.7


def week_kernel() -> Floats:
    """168 x 168 prior covariance of unit mean variance, with the week's mean taken out.

    Seven tenths repeat every day, three tenths belong to one day of the week (periodic squared
    exponentials, MacKay 1998, with length scales of 2.5 and 3 hours).
    """
    hours = np.arange(SLOTS)
    apart = hours[:, None] - hours[None, :]
    mixed = _DAY_SHARE * _periodic(apart, 24.0, _DAY_HOURS)
    mixed += (1 - _DAY_SHARE) * _periodic(apart, 168.0, _WEEK_HOURS)
    centred = mixed - mixed.mean(axis=0, keepdims=True) - mixed.mean(axis=1, keepdims=True)
    centred += mixed.mean()
    return np.asarray(centred / np.mean(np.diag(centred)))


def _periodic(apart: NDArray[np.int64], period: float, length: float) -> Floats:
    scale = 2 * np.pi * length / period
    return np.asarray(np.exp(-2 * np.sin(np.pi * apart / period) ** 2 / scale**2))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one account's posts say: mean residual and precision (posts over noise) per slot."""

    mean: Floats
    precision: Floats


@dataclass(frozen=True, slots=True)
class Message:
    """What an account tells about the population, as natural parameters of a normal."""

    precision: Floats
    shift: Floats
    log_fit: float


def message(evidence: Evidence, own: Floats) -> Message:
    """The account's say about the shared function where `own` is its private covariance.

    `log_fit` is the log likelihood against the account having no slot effects at all.
    """
    root = np.sqrt(evidence.precision)
    inner = np.eye(SLOTS) + root[:, None] * own * root[None, :]
    precision = root[:, None] * np.linalg.inv(inner) * root[None, :]
    shift = precision @ evidence.mean
    gained = evidence.mean @ (evidence.precision * evidence.mean) - evidence.mean @ shift
    log_fit = 0.5 * float(gained) - 0.5 * float(np.linalg.slogdet(inner)[1])
    return Message(precision, shift, log_fit)


def shared_posterior(shared: Floats, precision: Floats, shift: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of the shared function, prior covariance `shared`."""
    covariance = np.linalg.solve(np.eye(SLOTS) + shared @ precision, shared)
    covariance = (covariance + covariance.T) / 2
    return covariance @ shift, covariance


def shared_fit(shared: Floats, precision: Floats, shift: Floats) -> float:
    """Log likelihood gained by letting a shared function with covariance `shared` exist."""
    mean, _ = shared_posterior(shared, precision, shift)
    _, volume = np.linalg.slogdet(np.eye(SLOTS) + shared @ precision)
    return 0.5 * float(shift @ mean) - 0.5 * float(volume)


def own_posterior(evidence: Evidence, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance of one account's function, given its prior and its posts."""
    root = np.sqrt(evidence.precision)
    inner = np.eye(SLOTS) + root[:, None] * covariance * root[None, :]
    gain = covariance * root[None, :] @ np.linalg.inv(inner) * root[None, :]
    updated = mean + gain @ (evidence.mean - mean)
    remaining = covariance - gain @ covariance
    return updated, (remaining + remaining.T) / 2
