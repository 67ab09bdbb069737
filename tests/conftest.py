"""What holds for all tests: what they start can be interrupted, and how hard Hypothesis looks.

It looks a little and always alike in every run, for `FUZZ_SECONDS` in `make fuzz`.
"""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# Who is started in the background by a shell script ignores SIGINT, and so would all that the tests start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# There are about fourteen tests, and an example takes about 50 ms: so many seconds for one example of each
_ROUND = 0.7

settings.register_profile(
    "quick", derandomize=True, max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "long",
    max_examples=max(50, int(float(os.environ.get("FUZZ_SECONDS") or 300) / _ROUND)),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# `--hypothesis-profile` is read later and wins
settings.load_profile("quick")
