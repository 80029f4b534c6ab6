"""Audio to words, for every door that gets sound: prepared here, heard by one engine, chosen by setting.

    ear = hearing.Ear(hearing.engine("none"))
    ear.hear(recording, "mandarin", ["..."])        # words, or None

No words never means no complaint: the audio stays evidence, and a person listens.
"""

from hearing.ear import Ear, Engine, Refused, engine
from hearing.prepare import Sound, TooLarge, TooLong, Unreadable, prepare

__all__ = ["Ear", "Engine", "Refused", "Sound", "TooLarge", "TooLong", "Unreadable", "engine", "prepare"]
