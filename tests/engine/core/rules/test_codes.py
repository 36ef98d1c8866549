from engine.core.rules import codes
from engine.core.words import Skip


def test_every_code_is_the_skip_of_its_name() -> None:
    ours = {name: value for name, value in vars(codes).items() if name.isupper()}
    assert len(ours) == 13
    assert ours == {name: int(Skip[name]) for name in ours}
