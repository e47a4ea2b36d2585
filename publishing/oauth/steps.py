"""What a person must do at each platform before an account can be connected, step by step."""

from domain.platforms import Platform

STEPS: dict[Platform, tuple[str, ...]] = {
    Platform.X: (
        "At developer.x.com make a project with an app; X bills each call, so add credit.",
        "Under 'User authentication settings' choose read and write, type 'Web App', and the "
        "callback address {redirect}.",
        "Put its OAuth 2.0 client id and secret into AMSEL_X_CLIENT_ID and AMSEL_X_CLIENT_SECRET.",
    ),
    Platform.INSTAGRAM: (
        "Make the account a professional one (business or creator).",
        "At developers.facebook.com make an app with 'Instagram API with Instagram Login' and add "
        "the account as a tester; for accounts of others the app needs a review.",
        "Register a redirect address that begins with https and give it as --redirect-uri.",
        "Put the Instagram app's id and secret into AMSEL_INSTAGRAM_CLIENT_ID and "
        "AMSEL_INSTAGRAM_CLIENT_SECRET.",
    ),
    Platform.FACEBOOK: (
        "At developers.facebook.com make an app with 'Facebook Login'; you need a role on the Page "
        "that may create content.",
        "Register the redirect address {redirect}, or one with https that you give as "
        "--redirect-uri.",
        "Put its id and secret into AMSEL_FACEBOOK_CLIENT_ID and AMSEL_FACEBOOK_CLIENT_SECRET.",
    ),
    Platform.LINKEDIN: (
        "At developer.linkedin.com make an app with 'Share on LinkedIn' and 'Sign In with LinkedIn "
        "using OpenID Connect'; an organisation needs 'Community Management' and its approval, and "
        "its URN as user_id in the brand file.",
        "Under 'Auth' add the redirect address {redirect}.",
        "Put its id and secret into AMSEL_LINKEDIN_CLIENT_ID and AMSEL_LINKEDIN_CLIENT_SECRET.",
    ),
    Platform.TIKTOK: (
        "At developers.tiktok.com make an app with Login Kit (desktop) and the Content Posting "
        "API; until its audit, posts are private.",
        "Add the redirect address {redirect}.",
        "Put its key and secret into AMSEL_TIKTOK_CLIENT_KEY and AMSEL_TIKTOK_CLIENT_SECRET.",
    ),
    Platform.MASTODON: (
        "Name your server as the account's base_url in the brand file; the app registers itself.",
    ),
    Platform.BLUESKY: (
        "At bsky.app, under Settings, Privacy and Security, make an app password; never give your "
        "account's own.",
    ),
}


def steps(platform: Platform, *, redirect: str) -> list[str]:
    """The steps, numbered."""
    texts = STEPS[platform]
    return [
        f"{number}. {text.format(redirect=redirect)}" for number, text in enumerate(texts, start=1)
    ]
