"""Settings of trends; light to import."""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Period = Literal["day", "month", "quarter", "year", "decade", "century"]
Unit = Literal["day", "month", "quarter", "year", "decade", "century", "group"]
Resolution = Literal["auto", "day", "month", "quarter", "year", "decade", "century", "group"]
PERIODS: tuple[Period, ...] = get_args(Period)
UNITS: tuple[Unit, ...] = get_args(Unit)
RESOLUTIONS: tuple[Resolution, ...] = get_args(Resolution)


class TrendConfig(BaseModel):
    """How time is cut into periods."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    period: Resolution = Field(
        default="auto",
        description="how long a period is; auto is the longest of which there are a dozen, group "
        "takes the groups as eras, in the order of their items' median dates",
    )
