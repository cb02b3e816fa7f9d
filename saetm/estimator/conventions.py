"""What scikit-learn expects of an estimator, beside fitting: cloning, copies, tags, names."""

import copy
from typing import Any, Self

from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags

from saetm.errors import ContractError


class UnfittedError(ContractError, NotFittedError):  # type: ignore[misc]  # sklearn has no types
    """A model was asked for what it has not learned yet."""

    def __init__(self) -> None:
        super().__init__("this model has learned nothing yet: call fit, or load a saved one")


class Estimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer whose output is sparse, and which is kept by `save` and never by a pickle.

    What it has learned is in `_fitted`. Settings alone may be pickled: that is how scikit-learn
    hands estimators to the processes that fit them.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401  of any mixin
        """Leave out `set_output`: frames do not hold sparse matrices."""
        super().__init_subclass__(auto_wrap_output_keys=None, **kwargs)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "_fitted")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # shares of features are float32 always
        return tags

    def __getstate__(self) -> dict[str, Any]:
        if self.__sklearn_is_fitted__():
            raise ContractError("a fitted model is not pickled: keep it with save and load")
        return super().__getstate__()

    def __copy__(self) -> Self:
        twin = type(self).__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = type(self).__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return twin
