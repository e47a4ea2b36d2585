"""What a wording promises is asked only of drafts in the language that taught it."""

import numpy as np

from domain.posts import ContentPost, PostStatus
from planning.forecasts import promised_waiting
from storage.ledger import posts
from tests.planning.conftest import MORNING


class Reader:
    """Stands for a model of variants; keeps what it was given to read."""

    def __init__(self):
        self.read = []

    def score(self, texts):
        self.read += texts
        return np.array([float(len(text)) for text in texts])


def wait(connection, brand, texts):
    """Drafts that wait, by language."""
    for language, text in texts.items():
        draft = ContentPost(
            id=language, brand=brand.name, text=text, platforms=(brand.accounts[0].platform,),
            brief_id="one", brand_voice=brand.voice, generated_by="test", language=language,
            status=PostStatus.GENERATED,
        )  # fmt: skip
        posts.save(connection, draft, key=draft.id, actor="test", now=MORNING)


def test_a_draft_in_another_language_is_not_scored(ledger, brand):
    model = Reader()
    with ledger.transaction() as connection:
        wait(connection, brand, {"en": "Wool keeps warm.", "de": "Wolle hält warm.", "fr": "Laine"})
        promised = promised_waiting(connection, brand, model=model)
    assert [("en", 16.0)] == promised.rows()
    assert ["Wool keeps warm."] == model.read


def test_where_no_draft_can_be_scored_there_is_no_row(ledger, brand):
    with ledger.transaction() as connection:
        wait(connection, brand, {"de": "Wolle hält warm."})
        assert promised_waiting(connection, brand, model=Reader()).is_empty()
        assert promised_waiting(connection, brand, model=None).is_empty()
