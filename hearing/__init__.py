"""Audio to words, for every door that gets sound: prepared here, heard by one engine, chosen by setting.

    ear = hearing.Ear(hearing.engine("none"))
    ear.hear(recording, "mandarin", ["..."])        # words, or None

No words never means no complaint: the audio stays evidence, and a person listens.
"""

from hearing.decode import LARGEST, TooLarge, TooLong, TooSlow, Unreadable, type_of
from hearing.ear import Ear
from hearing.engines import Engine, Refused, engine
from hearing.prepare import Sound, playable, prepare, prepare_channels

__all__ = [
    "LARGEST",
    "Ear",
    "Engine",
    "Refused",
    "Sound",
    "TooLarge",
    "TooLong",
    "TooSlow",
    "Unreadable",
    "engine",
    "playable",
    "prepare",
    "prepare_channels",
    "type_of",
]
