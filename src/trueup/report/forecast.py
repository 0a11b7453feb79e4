"""The forecast of a plan as a sentence: requests, their time, and the processes that an apply waits for."""

from trueup.model.plan import Forecast, ForecastWait
from trueup.report.values import counted, duration, elapsed


def forecast_text(forecast: Forecast) -> str:
    """Return it as a sentence, such as ``At least 3 requests to apply, about 1 s; a preview takes up to 30 min.``."""
    text = f"{counted(forecast.requests, 'request')} to apply, {duration(forecast.seconds)}"
    # With a process, the least number: each reading while it is awaited is a request, too.
    return f"At least {text}; {'; '.join(map(_takes, forecast.waits))}." if forecast.waits else f"{text}."


def _takes(wait: ForecastWait) -> str:
    """Return how long processes take: ``a preview takes up to 30 min``, ``2 previews take up to 30 min each``."""
    if wait.count == 1:
        article = "an" if wait.process[:1] in "aeiou" else "a"
        return f"{article} {wait.process} takes up to {elapsed(wait.seconds)}"
    return f"{counted(wait.count, wait.process)} take up to {elapsed(wait.seconds)} each"
