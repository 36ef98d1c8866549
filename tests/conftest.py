"""What holds for all tests."""

from hypothesis import settings

# how long one example takes says more about the machine than about the rule
settings.register_profile("parley", deadline=None, max_examples=50)
settings.load_profile("parley")
