import numpy as np
import pytest
from scipy.sparse import csr_array

from modicum.candidates.softmax_regression import SoftmaxRegression

FEATURES = np.array([[0, 1], [0, 2], [1, 0], [2, 1], [5, 5], [6, 5]], np.float32)
TARGETS = np.array([0, 0, 1, 1, 2, 2])


def test_sparse_weights_are_scikit_learns() -> None:
    from sklearn.linear_model import LogisticRegression

    weights, _ = SoftmaxRegression(csr_array(FEATURES), TARGETS, 3).fit(1.0)
    other = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000).fit(FEATURES, TARGETS)
    assert np.abs(weights.T - other.coef_).max() < 1e-2


def test_dense_features_on_any_scale_are_told_apart() -> None:
    scaled = FEATURES * np.array([1e4, 1e-3], np.float32) + np.array([1e3, 0], np.float32)
    weights, intercept = SoftmaxRegression(scaled, TARGETS, 3).fit(10.0)
    assert (scaled @ weights + intercept).argmax(axis=1).tolist() == [0, 0, 1, 1, 2, 2]


def test_a_constant_column_gets_no_weight() -> None:
    constant = np.column_stack([FEATURES, np.full(6, 7, np.float32)])
    weights, _ = SoftmaxRegression(constant, TARGETS, 3).fit(1.0)
    assert weights[2].tolist() == [0, 0, 0]


def test_less_strength_means_smaller_weights() -> None:
    fitter = SoftmaxRegression(FEATURES, TARGETS, 3)
    strong, weak = fitter.fit(10.0)[0], fitter.fit(0.01)[0]
    assert np.abs(weak).sum() < np.abs(strong).sum() / 10


def test_weights_of_the_classes_sum_to_zero() -> None:
    weights, _ = SoftmaxRegression(FEATURES, TARGETS, 3).fit(1.0)
    assert weights.sum(axis=1).tolist() == pytest.approx([0, 0], abs=1e-4)
