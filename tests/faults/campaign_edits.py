"""Case 12 once more: a post is edited or put away while it is sent; who came in time wins."""

import threading
import time
from itertools import product

from domain.brand import BrandVoice
from domain.deliveries import Payload
from domain.errors import StateError
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from planning import review
from storage.ledger import approvals, deliveries, posts
from storage.ledger.approvals import Approval, Decision
from tests.faults.campaign_judge import Book
from tests.faults.campaign_races import Held

MOMENTS = ("claimed, not committed", "claim committed", "intent committed")
PLATFORMS = (Platform.X, Platform.BLUESKY, Platform.MASTODON, Platform.LINKEDIN, Platform.FACEBOOK)
"""Where a post may be text alone."""
WIDTH = 8
LETTERS = "bcdfghklmnprstvw"
OLD, NEW = "Our barley is grown on four fields.", "Our water is drawn from the spring."


class Rewritten(Book):
    """Deliveries of real posts; of each it is known which text may be out, None where none may."""

    def __init__(self, case, stage):
        super().__init__(case, stage)
        self.texts, self.posts = {}, {}

    def write(self, platform):
        """A post that is approved and scheduled for now; the id of its delivery."""
        tag = _words(self.stage.tag())
        text, stage = f"{tag}; {OLD}", self.stage
        post = ContentPost(
            id=f"{stage.database} {platform} {tag}",
            brand="bergquell",
            text=text,
            platforms=(platform,),
            status=PostStatus.SCHEDULED,
            brand_voice=BrandVoice(),
            generated_by="campaign",
        )
        payload, now = Payload(text=text), stage.clock.now()
        with stage.ledger.transaction() as connection:
            posts.save(connection, post, key=post.id, actor="campaign", now=now)
            yes = Approval(post.id, 1, Decision.APPROVED, "campaign", "yes", now)
            approvals.decide(connection, yes)
        new = stage.new(platform, tag=f"{tag};", payload=payload, post_id=post.id, post_version=1)
        (delivery_id,) = self.plan(new)
        self.texts[delivery_id], self.posts[delivery_id] = text, post.id
        return delivery_id

    def edit(self, delivery_id):
        """Give it another text, as `amsel review edit` does."""
        stage = self.stage
        text = f"{self.texts[delivery_id].partition(';')[0]}; {NEW}"
        now = stage.clock.now()
        try:
            review.edit(stage.ledger, self.posts[delivery_id], actor="anna", now=now, text=text)
        except StateError:
            return  # a worker has it, or it is out
        self.texts[delivery_id] = text

    def put_away(self, delivery_id):
        """Put its post away, whatever becomes of the delivery."""
        name, stage = self.posts[delivery_id], self.stage
        try:
            with stage.ledger.transaction() as connection:
                posts.load(connection, name, lock=True)
                is_begun = deliveries.load(connection, delivery_id).attempts > 0
                now = stage.clock.now()
                posts.move(connection, name, PostStatus.ARCHIVED, actor="anna", now=now)
        except StateError:
            return  # it is out
        if not is_begun:
            self.texts[delivery_id] = None

    def judge(self):
        counts, out = super().judge(), {}
        for line in self.stage.accepted():
            out.setdefault((line["platform"], self.key_of(line["text"])), []).append(line["text"])
        for row in self.rows():
            wanted = self.texts[row.id]
            found = out.get((str(row.platform), self.key_of(row.payload.text)), [])
            if [wanted] * (wanted is not None) != found:
                words = f"{row.key} is {row.state}: {found} is out in the place of {wanted!r}"
                self.of(row.platform).note("other", words)
        return counts


def edits(stage, n):
    """Case 12: of a post that was edited or put away before the claim, the old text never goes
    out."""
    books = []
    races = [*product(MOMENTS, (Rewritten.edit, Rewritten.put_away))]
    for place, (moment, how) in enumerate(races[::3] if stage.is_sample else races):
        book = Rewritten(f"12 {how.__name__.replace('_', ' ')}: {moment}", stage)
        for number in range(n):
            _race(book, how, moment, stage.pick(number + place, PLATFORMS))
        books.append(book)
    return [one for book in books for one in book.judge()]


def _race(book, how, moment, platforms):
    stage = book.stage
    ids = [book.write(platform) for _ in range(WIDTH) for platform in platforms]
    held = Held(stage, moment)
    is_met = held.meets(1)
    by_hand = threading.Thread(target=lambda: [how(book, one) for one in ids[::-1]])
    by_hand.start()
    time.sleep(0.1)
    held.go(1)
    by_hand.join(60)
    held.end()
    book.of(platforms[0]).met += is_met
    book.finish()


def _words(tag):
    """A tag without figures: those of a text must be in the brand's facts."""
    number = int("".join(filter(str.isdigit, tag)))
    name = ""
    while number or not name:
        number, left = divmod(number, len(LETTERS))
        name += LETTERS[left] + "aeiou"[left % 5]
    return f"Fresh {name}"
