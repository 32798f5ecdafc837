"""What can be wrong with the settings and seeds that identity is resolved by."""


class IdentityError(ValueError):
    """What people wrote cannot be followed; one line per problem, with its place and remedy."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))
