"""The estimator in the company of scikit-learn: its own checks, clones, copies, pipelines."""

import copy
import pickle

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

from saetm import SAETopicModel
from saetm.errors import ContractError, SaetmError
from saetm.sae.config import SaeConfig
from tests.core.planted_texts import planted_texts

QUICK = SaeConfig(dictionary_size=16, active_features=3, epochs=3)
PLANTED = planted_texts(n_items=60, n_themes=3, dimension=8, seed=0)
THEME = PLANTED.mixtures.argmax(axis=1)


class WithoutTexts(SAETopicModel):
    """What scikit-learn's checks can judge: they bring numbers as y, where we take texts."""

    def fit(self, X, y=None, *, on_step=None):  # noqa: ARG002
        return super().fit(X, on_step=on_step)

    def fit_transform(self, X, y=None):  # noqa: ARG002
        return super().fit_transform(X)


REFUSED_ON_PURPOSE = {
    "check_dtype_object": "a value that is no number is a ValueError as all our refusals",
    "check_estimators_empty_data_messages": "dimensions, for features are something else here",
    "check_estimators_pickle": "a fitted model is kept by save, never by a pickle",
    "check_n_features_in_after_fitting": "dimensions, for features are something else here",
    "check_parameters_default_constructible": "settings are frozen values, safe as defaults",
}


@pytest.fixture(scope="module")
def model():
    return SAETopicModel(sae=QUICK).fit(PLANTED.embeddings, PLANTED.texts)


@parametrize_with_checks(
    [WithoutTexts(sae=QUICK)],
    expected_failed_checks=lambda _estimator: REFUSED_ON_PURPOSE,
    xfail_strict=True,
)
@pytest.mark.filterwarnings("ignore:Estimator .* has no default parameters")
def test_scikit_learn_finds_nothing_but_what_is_refused_on_purpose(estimator, check):
    check(estimator)


def test_it_fits_and_transforms_within_a_pipeline(model):
    first = FunctionTransformer(np.asarray, feature_names_out="one-to-one")
    line = make_pipeline(first, clone(model))
    shares = line.fit_transform(PLANTED.embeddings.tolist(), PLANTED.texts)

    assert abs(shares - model.transform(PLANTED.embeddings)).nnz == 0
    assert list(line.get_feature_names_out()) == [f"saetopicmodel{n}" for n in range(16)]


def test_a_classifier_learns_from_its_features():
    judge = make_pipeline(WithoutTexts(sae=QUICK), LogisticRegression(C=100))

    assert judge.fit(PLANTED.embeddings, THEME).score(PLANTED.embeddings, THEME) > 0.8


def test_some_columns_of_a_frame_are_its_embeddings():
    columns = ColumnTransformer([("topics", WithoutTexts(sae=QUICK), [0, 2, 3])])

    assert columns.fit_transform(PLANTED.embeddings).shape == (60, 16)


@pytest.mark.slow  # two processes load Torch
def test_settings_are_searched_in_other_processes():
    sizes = [QUICK.model_copy(update={"dictionary_size": size}) for size in (2, 16)]
    search = GridSearchCV(
        SAETopicModel(),
        {"sae": sizes},
        scoring=lambda model, _embeddings, _texts: model.variance_explained_,
        cv=2,
        n_jobs=2,
    )
    search.fit(PLANTED.embeddings, PLANTED.texts)

    assert search.best_params_["sae"].dictionary_size == 16
    assert search.best_estimator_.topics(2).height == 2


def test_a_clone_has_the_settings_and_nothing_learned(model):
    fresh = clone(model)

    assert fresh.get_params() == model.get_params()
    assert not fresh.__sklearn_is_fitted__()
    assert fresh.set_params(device="meta").device == "meta"
    assert model.device == "cpu"


@pytest.mark.parametrize("keep", [pickle.dumps, joblib.hash], ids=["pickle", "joblib"])
def test_a_fitted_model_is_not_pickled(model, keep):
    with pytest.raises(ContractError, match="keep it with save and load"):
        keep(model)


def test_settings_alone_are_pickled_as_workers_need_it():
    sent = pickle.loads(pickle.dumps(SAETopicModel(sae=QUICK)))

    assert sent.get_params() == SAETopicModel(sae=QUICK).get_params()


@pytest.mark.parametrize("twin_of", [copy.copy, copy.deepcopy])
def test_a_copy_goes_its_own_way(model, twin_of):
    before = model.transform(PLANTED.embeddings)
    twin = twin_of(model)
    assert abs(twin.transform(PLANTED.embeddings) - before).nnz == 0
    twin.fit(PLANTED.embeddings[:20])

    assert model.vocabulary_.height > 0
    assert abs(model.transform(PLANTED.embeddings) - before).nnz == 0


def test_a_deep_copy_shares_no_memory(model):
    twin = copy.deepcopy(model)

    assert not np.shares_memory(twin.feature_vectors_, model.feature_vectors_)


def test_it_is_fitted_after_fit_and_not_before(model):
    check_is_fitted(model)
    with pytest.raises(NotFittedError):
        check_is_fitted(SAETopicModel())
    with pytest.raises(NotFittedError) as caught:
        SAETopicModel().transform(PLANTED.embeddings)

    assert isinstance(caught.value, SaetmError)


def test_frames_of_output_are_not_offered(model):
    assert not hasattr(model, "set_output")
    with pytest.raises(ValueError, match="set_output"):
        make_pipeline(model).set_output(transform="polars")


def test_a_notebook_shows_its_settings(model):
    assert repr(SAETopicModel()) == "SAETopicModel()"
    assert repr(model).startswith("SAETopicModel(sae=SaeConfig(kind='batch_topk'")
    assert "SAETopicModel" in model._repr_html_()
    assert "SAETopicModel" in SAETopicModel()._repr_html_()


def test_fit_transform_is_fit_and_transform(model):
    fresh = clone(model)
    shares = fresh.fit_transform(PLANTED.embeddings, PLANTED.texts)
    topics = clone(model).fit_transform(PLANTED.embeddings, PLANTED.texts, n_topics=3)

    assert isinstance(shares, sparse.csr_array)
    assert abs(shares - fresh.transform(PLANTED.embeddings)).nnz == 0
    assert abs(topics - model.transform(PLANTED.embeddings, n_topics=3)).nnz == 0
