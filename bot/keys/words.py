"""A key as words that can be copied by hand, and back.

One of 256 words stands for each byte; two more words at the end check the rest, so that a slip of the pen is noticed.
No two words share their first four letters: those are enough to read one. The list never changes, or sheets that lie
in drawers could no longer be read.
"""

import hashlib
import re

_LIST = """
album anchor apple apron arrow artist baker banana basket beach beetle bench berry bicycle blanket blossom boat
bonfire book bottle bowl branch bread brick bridge brush bubble bucket butter cabin cactus cafe camera candle canoe
carpet castle chain chalk cheese cherry chimney clock cloud coffee cotton cream crown curtain cushion daisy dance
dawn desert diamond dinner dolphin donkey dragon drawer drum duck eagle earth eight elephant envelope feather fence
ferry field finger flag flame flower forest fork fountain frame friend frog fruit garden garlic gate ginger giraffe
glass globe glove goose grape grass guitar hammer heart hedge helmet herb hill honey horse hotel house island jacket
jelly jewel jigsaw juice kettle kitchen kite kitten koala ladder lake lamp lantern leaf lemon letter library lily
linen lion lizard lunch mango maple marble market meadow melon mirror mitten monkey moon morning motor mountain
museum mushroom music napkin nature needle nest night north notebook ocean octopus olive onion orange otter oven
paddle paint palace panda paper parrot pasta peanut pebble pencil pepper piano picnic pillow pilot planet plum
pocket poem pond potato puddle pumpkin puzzle quilt rabbit radio rainbow ribbon rice ring river robin rocket roof
rose ruby sail salad salmon sand saucer school scissors shadow sheep shell silver sister smile snow soap sofa soup
spider spoon square stamp star stone storm straw sugar summer sunset swan sweater table teacher temple thumb tiger
tomato tower train tree tulip tunnel turtle umbrella uncle valley vanilla village violin wagon walnut water weather
whale whistle willow window winter wood wool yellow zebra
"""

WORDS = tuple(_LIST.split())
KEY_BYTES = 32
CHECK_BYTES = 2
COUNT = KEY_BYTES + CHECK_BYTES

_BY_START = {word[:4]: number for number, word in enumerate(WORDS)}


def to_words(key: bytes) -> list[str]:
    """Return the 34 words for a key of 32 bytes, in the order in which they are written down."""
    return [WORDS[byte] for byte in key + _check(key)]


def from_words(text: str) -> bytes:
    """Return the key that `text` spells: bare words in order, or a sheet on which each stands after its number.

    Raises ValueError, whose text says which word or what else is wrong without repeating any.
    """
    numbered = re.findall(r"(\d+)[.:)]?\s+([^\W\d_]+)", text.lower())
    given = [word for _, word in sorted((int(place), word) for place, word in numbered if len(place) <= 3)]
    given = given or re.findall(r"[^\W\d_]+", text.lower())
    if len(given) != COUNT:
        raise ValueError(f"expected {COUNT} words, found {len(given)}")
    numbers = bytes(_number(word, place) for place, word in enumerate(given, 1))
    key, check = numbers[:KEY_BYTES], numbers[KEY_BYTES:]
    if check != _check(key):
        raise ValueError("each word is on the list, but one of them is wrong or two changed places")
    return key


def _number(word: str, place: int) -> int:
    number = _BY_START.get(word[:4])
    if number is None:
        raise ValueError(f"word {place} is not on the list; check its first four letters")
    return number


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"peerled recovery sheet 1" + key).digest()[:CHECK_BYTES]
