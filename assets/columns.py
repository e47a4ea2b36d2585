"""What the columns of our tables mean, in the words that the catalogue shows."""

import dagster as dg
import polars as pl

MEANINGS: dict[str, str] = {
    # who and what
    "platform": "Network: x, bluesky, …",
    "account": "Account id, `platform:handle`.",
    "handle": "Name of the account on its network.",
    "brand": "Brand that it belongs to.",
    "id": "Our own id of the row.",
    "key": "Name under which it was ordered; ordering it again changes nothing.",
    "post_id": "Id of the post: the platform's once it is out, ours while it is a draft.",
    "brief_id": "The order that the draft was written for: `brand:day:rank`.",
    "test_id": "Id of a test that ended elsewhere, of headlines for instance.",
    "variant_id": "Id of one wording of that test.",
    "message_id": "The platform's id of the message.",
    "author": "Who wrote it, as the platform names them.",
    "text": "The words, complete.",
    "media_type": "Form of the post: text, image, carousel, video, link, poll or other.",
    "platforms": "Where it goes.",
    "alt_text": "What is to be seen or read on it, for those who do not see it.",
    "bytes": "Size of the file that stands for it.",
    "files": "Files it has, one for each shape that a platform wants.",
    "trouble": "Why it could not be drawn; empty where it was.",
    "language": "Language of the text, two letters; null if unknown.",
    "is_reply": "Whether it answers somebody.",
    "is_repost": "Whether it passes on somebody else's post.",
    "source": "Where the row came from: an import format, `api`, or a feed.",
    "time_zone": "IANA zone in which the account's hours are meant.",
    "url": "Link to it on the platform.",
    # counts, null where a platform does not give them
    "followers": "Followers of the account when observed.",
    "impressions": "Times it was shown.",
    "reach": "Distinct people who saw it.",
    "views": "Video views.",
    "likes": "Likes.",
    "comments": "Comments and replies.",
    "shares": "Reposts, quotes and shares.",
    "saves": "Saves and bookmarks.",
    "clicks": "Clicks.",
    "metric": "Canonical name of what was counted.",
    "value": "The count; a metric that is not given has no row.",
    "source_metric": "The platform's own name of the metric.",
    "api_version": "Version of the API, or the import format, that gave the value.",
    # instants
    "published_at": "When it was published, UTC.",
    "observed_at": "When this was true, UTC.",
    "loaded_at": "When the brand file was read, UTC.",
    "created_at": "When it was written, UTC.",
    "decided_at": "When it was decided, UTC.",
    "due_at": "When it is to go out, UTC.",
    "sent_at": "When it went out, UTC; null until then.",
    "starts_at": "Begin of the period, UTC.",
    "ends_at": "End of the period, UTC.",
    "reserved_at": "When the money was set aside, UTC.",
    "settled_at": "When the bill came, UTC; null while the call is open.",
    "local_time": "The same instant on the wall clock of the account's audience.",
    # money
    "provider": "Who is paid.",
    "purpose": "What the call was for.",
    "reserved_cents": "Cents set aside before the call.",
    "settled_cents": "Cents billed in the end; null while the call is open.",
    "cost_cents": "Cents spent in the period.",
    # the world
    "topic": "What it is about.",
    "campaign": "Campaign of the brand file that it is part of; null outside of one.",
    "duty": "Duty of the brand file that it meets; null where it meets none on purpose.",
    "tone": "Tone that was drawn for it; null where the brand has one alone.",
    "volume": "How much it is talked about, in the source's unit.",
    "growth": "Volume against the day before, minus one.",
    "fit": "How near it is to the brands' own words, 0 to 1.",
    "trend": "The trend that it takes up; empty for none.",
    # learning
    "level": "Mean of log(1 + engagement) over the account's previous 50 posts.",
    "y": "log(1 + engagement) minus `level`: what the models learn to predict.",
    "model": "Which model or baseline; `amsel` is ours.",
    "believed": "`predicted` less what leans on likes alone: by this drafts are chosen.",
    "predicted": "Forecast log engagement against `level`, made before it went out.",
    "slot": "Hour of the week where the audience lives, 0 = Monday 00:00 to 167.",
    "effect": "What the hour does to log engagement, content and level taken out.",
    "lower": "Lower end of the 90 % interval.",
    "upper": "Upper end of the 90 % interval.",
    "posts": "Posts that it rests on.",
    "accounts": "Accounts that it rests on.",
    "evidence": "What it rests on: what was seen or, of an hour, whether it is proven.",
    # deciding
    "strategy": "How the hour was found: `optimal` by the model, `fixed` by the file, `test`.",
    "propensity": "Probability with which this choice was drawn.",
    "reasoning": "Why, in a sentence.",
    "why": "Why this topic now.",
    "reasons": "What raises and lowers the forecast, in a sentence.",
    "variant": "Which of the versions written for one order.",
    "adapted": "The texts that some platforms get instead, with their names.",
    "angle": "How it opens: the form that its text really has; empty where nobody can say.",
    "difference": "In what it differs from the other versions for its order.",
    "writer": "Who wrote it: a model, or the built-in composer.",
    "seed": "What the writer's chance began with; empty where the writer takes none.",
    "prompt": "Version of the order's wording, or of the composer's phrases.",
    "input_tokens": "Its share of the tokens that were sent.",
    "output_tokens": "Its share of the tokens that came back.",
    "cents": "Its share of what the order cost, in US cents.",
    "temperature": "How freely the model chose its words; empty where it takes none.",
    "quality": "How good it is, 0 to 1, by rules that need no model.",
    "distance": "How far it is from what the brand let go out, 0 to 1, in habits of its texts.",
    "rule": "The rule of the brand.",
    "verdict": "pass, hold (a person decides), block, or skip (not read in that language).",
    "remedy": "What would mend it.",
    "policy_version": "Version of the brand file that judged.",
    "risk": "How much may go wrong with it: low, medium or high.",
    "decision": "approved (goes out by itself), held (a person decides) or rejected.",
    "reason": "Why it was decided so, or what went wrong.",
    # trying
    "arm": "One of the ways that an experiment tries: how a post opens.",
    "orders": "Measured orders that opened so; all posts of an order say the same.",
    "arm_effect": "Log engagement against the mean of all arms, drawn to it where orders are few.",
    "answer": "winner, no winner, not enough data, or wrong sample ratio.",
    "chance": "Probability that hours do anything at all on this account.",
    "closeness": "What two posts in the same minute take from each other (log), falling to 0.",
    # going out and coming in
    "kind": "What is done: post, reply, answer, like, hide, escalate, ignore, delete.",
    "state": "Where the delivery stands; `sent` means that the platform gave an id.",
    "late_seconds": "Seconds from due to sent; null until sent.",
    "attempts": "How often sending was begun.",
    "next_at": "When one that waits or is unknown is looked at again.",
    "status": "Where the message stands: new, answered, held, …",
    "intent": "What the writer wants, as classified.",
    "confidence": "How sure the classification is, 0 to 1.",
    "automatic": "Whether no person was asked.",
    # reporting
    "planned": "Deliveries that fell due in the period.",
    "published": "Those for which a platform gave an id.",
    "late": "Those sent more than a minute after their instant.",
    "replies_sent": "Messages answered without a person.",
    "replies_held": "Messages that wait for a person.",
    # features of a post: form
    "chars": "log(1 + characters).",
    "words": "log(1 + words).",
    "questions": "Question marks.",
    "exclamations": "Exclamation marks.",
    "numbers": "Numbers in the text.",
    "urls": "Links.",
    "hashtags": "Hashtags.",
    "mentions": "Mentions.",
    "emoji": "Emoji.",
    "upper_share": "Capitals among the characters, 0 to 1.",
    "quote": "Whether it quotes.",
    # features of a post: rhythm and history, of the account's earlier posts only
    "gap_hours": "log(1 + hours since the post before).",
    "posts_day": "log(1 + posts in the day before).",
    "posts_week": "log(1 + posts in the week before).",
    "age_posts": "log(number of posts so far).",
    "last_y": "`y` of the post before.",
    "last_2": "Mean `y` of the last 2 posts.",
    "last_5": "Mean `y` of the last 5 posts.",
    "last_10": "Mean `y` of the last 10 posts.",
    "last_20": "Mean `y` of the last 20 posts.",
    "last_best": "Best `y` of the last 5 posts.",
    "spread": "Standard deviation of `y` over the last 50 posts.",
    "day_y": "Mean `y` of the day before.",
    "week_y": "Mean `y` of the week before.",
    "media_y": "Mean `y` of earlier posts of this form, shrunk to 0.",
    "hour_y": "Mean `y` of earlier posts in these three hours of the day, shrunk to 0.",
    "opening_y": "Mean `y` of earlier posts with the same first word, shrunk to 0.",
    "level_gap": "Recent log engagement (half-life 3 posts) minus `level`.",
    **{
        f"level_{size}": f"Mean log engagement of the last {size} posts minus `level`."
        for size in (10, 25, 100, 300)
    },
    "level_all": "Mean log engagement of all earlier posts minus `level`.",
    "level_median": "Median log engagement of the last 50 posts minus `level`.",
    **{
        f"fade_{life}": f"Log engagement fading with a half-life of {life} posts, minus `level`."
        for life in (1, 3, 10, 30, 100)
    },
    **{
        f"back_{lag}": f"Log engagement of the post {lag} before, minus `level`."
        for lag in range(1, 6)
    },
    "spread_10": "Standard deviation of log engagement over the last 10 posts.",
    "media_last": "Log engagement of the last post with such media, minus `level`.",
    "media_fade_5": "The same of all posts with such media, half-life 5 of them.",
    "media_fade_20": "The same with half-life 20.",
    "media_gap": "log(1 + hours since the last post with such media).",
    "media_same": "Whether the post before had the same kind of media.",
    "last_comment_share": "Log comments minus log likes of the post before.",
    "last_share_share": "Log shares minus log likes of the post before.",
    "alike_y": "Mean `y` of earlier posts by how alike their words are, cubed; shrunk to 0.",
    "alike_y_broad": "The same, weighted by the square.",
    "alike_near": "How alike the nearest earlier post is, 0 to 0.9.",
    "meant_y": "`alike_y` by what English texts mean; null unless that is asked for.",
    "meant_y_broad": "The same, weighted by the square.",
    "meant_near": "How near the nearest of them is in meaning; null unless that is asked for.",
    "followers_change": "Change of log followers over the post before, as known before this one.",
    "trend_affinity": "Share of its words in trends of the week before it; null if none is known.",
    # features of a post: time where the audience lives
    "hour": "Hour of the day, with its fraction.",
    "weekday": "0 = Monday to 6 = Sunday.",
    "day_sin": "Hour on a circle of 24 h, sine.",
    "day_cos": "Hour on a circle of 24 h, cosine.",
    "half_day_sin": "Hour on a circle of 12 h, sine.",
    "half_day_cos": "Hour on a circle of 12 h, cosine.",
    "week_sin": "Hour on a circle of 168 h, sine.",
    "week_cos": "Hour on a circle of 168 h, cosine.",
}
"""One meaning a name: a column that is called the same means the same everywhere."""

SCORES = {
    "metric": "What is measured, on posts that the model had not seen.",
    "value": "The score.",
    "posts": "Posts that were judged.",
}
"""The names that mean something else in a back-test."""

_TYPES = {
    pl.String: "string",
    pl.Boolean: "boolean",
    pl.Datetime: "timestamp, UTC",
    pl.Date: "date",
}


def column_schema(frame: pl.DataFrame, *, scores: bool = False) -> dg.TableSchema:
    """The frame's columns with type and meaning; `scores` tells that it holds a back-test."""
    meanings = MEANINGS | SCORES if scores else MEANINGS
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name, _spoken(kind), description=meanings.get(name))
            for name, kind in frame.schema.items()
        ]
    )


def _spoken(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "integer"
    return _TYPES.get(type(kind), "number")
