"""How hard Hypothesis looks: a little and always alike in every run, for `FUZZ_SECONDS` in `make fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A fuzz test reads several files per example; about so many examples are done in a second, all tests together.
_EXAMPLES_PER_SECOND = 5

settings.register_profile(
    "quick", derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long",
    max_examples=max(100, int(os.environ.get("FUZZ_SECONDS", "300")) * _EXAMPLES_PER_SECOND),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# `--hypothesis-profile` is read later and wins
settings.load_profile("quick")
