"""Other people's programs beside us. Not part of `make bench`: each is fetched from the package registry."""
