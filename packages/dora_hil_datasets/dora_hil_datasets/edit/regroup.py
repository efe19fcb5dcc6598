"""Puts a dataset into other files, its videos packet by packet: nothing is encoded again.

An episode begins with a key frame, as it was once encoded by itself; so a file can be cut where
episodes meet, and files be joined there. Each row is one picture, so times follow from counting.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dora_hil.errors import UserError, one_line
from dora_hil_datasets.dataset import staging
from dora_hil_datasets.dataset.existing import EPISODES, parquet_files, video_keys
from dora_hil_datasets.edit.file_counts import DATA_FILE_BYTES

type Row = Mapping[str, Any]

_FILES_PER_CHUNK = 1000
_FIRST = "chunk-000/file-000.parquet"


class RegroupError(UserError):
    """Videos that cannot be read, or not be cut or joined without encoding them again."""


def cut(root: Path, new_root: Path) -> None:
    """Write a copy of a dataset in which each episode has video files of its own.

    LeRobot can then take any of them out without encoding the others again.

    Args:
        root: the dataset; it is only read.
        new_root: where the copy goes; the folder does not exist yet.

    Raises:
        RegroupError: its videos do not allow it.
    """
    shutil.copytree(root, new_root, ignore=shutil.ignore_patterns("videos", staging.FOLDER))
    tables = {path: pq.read_table(path) for path in parquet_files(new_root / EPISODES)}
    rows = [row for table in tables.values() for row in table.to_pylist()]
    rows.sort(key=lambda row: int(row["episode_index"]))
    places = _videos(root, new_root, rows, lambda index: index)
    for path, table in tables.items():
        pq.write_table(_replace(table, places), path)


def join(root: Path, new_root: Path) -> None:
    """Write a copy of a dataset in as few files as there can be.

    Each camera's pictures are one file then, in which the time of a row is its index by the
    rate; LeRobot's `StreamingLeRobotDataset` takes that for granted. Data files have LeRobot's
    size at most, and a row group for each episode, as LeRobot writes them.

    Args:
        root: the dataset; it is only read.
        new_root: where the copy goes; the folder does not exist yet.

    Raises:
        RegroupError: its videos do not allow it.
    """
    new_root.mkdir(parents=True)
    for name in (staging.INFO, "meta/stats.json", "meta/tasks.parquet"):
        (new_root / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(root / name, new_root / name)
    tables = [pq.read_table(path) for path in parquet_files(root / EPISODES)]
    table = pa.concat_tables(tables, promote_options="permissive").sort_by("episode_index")
    rows = table.to_pylist()
    places = _videos(root, new_root, rows, lambda index: 0)
    for place, file in zip(places, _data(root, new_root, rows), strict=True):
        place |= {"data/chunk_index": 0, "data/file_index": file}
        place |= {f"{EPISODES}/chunk_index": 0, f"{EPISODES}/file_index": 0}
    (path := new_root / EPISODES / _FIRST).parent.mkdir(parents=True)
    pq.write_table(_replace(table, places), path)


def _info(root: Path) -> dict[str, Any]:
    info: dict[str, Any] = json.loads((root / staging.INFO).read_text(encoding="utf-8"))
    return info


def _replace(table: pa.Table, places: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Put where each episode is now into its row."""
    indices = table.column("episode_index").to_pylist()
    for column in places[0]:
        at = table.schema.get_field_index(column)
        field = table.schema.field(at)
        values = [places[index][column] for index in indices]
        table = table.set_column(at, field, pa.array(values, field.type))
    return table


def _data(root: Path, new_root: Path, rows: Sequence[Row]) -> list[int]:
    """Write the frames; returns the number of each episode's file."""
    info = _info(root)
    numbers: list[int] = []
    writer, source = None, None
    frames = pa.table({})
    number = size = 0
    for row in rows:
        place = row["data/chunk_index"], row["data/file_index"]
        if place != source:
            source = place
            path = info["data_path"].format(chunk_index=place[0], file_index=place[1])
            frames = pq.read_table(root / path)
        episode = frames.filter(pc.field("episode_index") == row["episode_index"])
        if writer is not None and size + episode.nbytes > DATA_FILE_BYTES:
            writer.close()
            writer, size, number = None, 0, number + 1
        if writer is None:
            path = new_root / info["data_path"].format(chunk_index=0, file_index=number)
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(path, episode.schema)
        writer.write_table(episode.cast(writer.schema))
        size += episode.nbytes
        numbers.append(number)
    if writer is not None:
        writer.close()
    return numbers


def _videos(
    root: Path, new_root: Path, rows: Sequence[Row], file_of: Callable[[int], int]
) -> list[dict[str, Any]]:
    """Write the videos into files of these numbers; returns where each episode is in them."""
    info = _info(root)
    places: list[dict[str, Any]] = [{} for _ in rows]
    for camera in video_keys(info):
        try:
            found = _regroup(root, new_root, info, camera, rows, file_of)
        except av.FFmpegError as error:
            raise RegroupError(f"{camera}: {one_line(error)}") from error
        places = [place | of_camera for place, of_camera in zip(places, found, strict=True)]
    return places


def _regroup(
    root: Path,
    new_root: Path,
    info: Mapping[str, Any],
    camera: str,
    rows: Sequence[Row],
    file_of: Callable[[int], int],
) -> list[dict[str, Any]]:
    """Write the new files of a camera; returns where each episode is in them."""
    fps: int = info["fps"]
    template: str = info["video_path"]
    columns = f"videos/{camera}"

    def path(folder: Path, chunk: int, file: int) -> Path:
        place = {"video_key": camera, "chunk_index": chunk, "file_index": file}
        return folder / template.format(**place)

    places: list[dict[str, Any]] = []
    with ExitStack() as opened:
        number, film = -1, None
        for index, row in enumerate(rows):
            chunk, file = divmod(file_of(index), _FILES_PER_CHUNK)
            if film is None or file_of(index) != number:
                number = file_of(index)
                opened.close()
                film = opened.enter_context(closing(_Film(path(new_root, chunk, file), fps)))
            source = path(root, row[f"{columns}/chunk_index"], row[f"{columns}/file_index"])
            start = film.pictures
            film.append(source, float(row[f"{columns}/from_timestamp"]), row["length"])
            places.append(
                {
                    f"{columns}/chunk_index": chunk,
                    f"{columns}/file_index": file,
                    f"{columns}/from_timestamp": start / fps,
                    f"{columns}/to_timestamp": film.pictures / fps,
                }
            )
    return places


class _Film:
    """A video file that is being written from the packets of others.

    Attributes:
        pictures: how many it has.
    """

    def __init__(self, path: Path, fps: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.pictures = 0
        self._fps = fps
        self._path = path
        self._out = av.open(str(path), "w", options={"movflags": "faststart"})
        self._stream: Any = None
        self._encoding: tuple[Any, ...] = ()

    def append(self, source: Path, start_s: float, length: int) -> None:
        """Add so many pictures of a file, from a time on.

        Raises:
            RegroupError: there are fewer, or they cannot be taken out, or not be joined to others.
        """
        with closing(av.open(str(source))) as container:
            stream = container.streams.video[0]
            self._begin(stream, source)
            taken, newest = 0, -1
            for packet in _packets(container, stream, start_s, self._fps):
                if taken == length:
                    break
                if taken == 0 and not packet.is_keyframe:
                    raise RegroupError(f"{source}: no key frame at {start_s:g} s")
                if packet.pts <= newest:
                    raise RegroupError(f"{source}: its pictures are not in order (B-frames)")
                taken, newest = taken + 1, packet.pts
                self._mux(packet)
        if taken < length:
            raise RegroupError(f"{source}: has {taken} of {length} pictures from {start_s:g} s on")

    def _begin(self, stream: Any, source: Path) -> None:
        codec = stream.codec_context
        encoding = (codec.name, codec.width, codec.height, codec.pix_fmt, codec.extradata)
        if self._stream is None:
            self._encoding = encoding
            self._stream = self._out.add_stream_from_template(stream, opaque=True)
            self._stream.time_base = stream.time_base
        elif encoding != self._encoding:
            raise RegroupError(f"{source}: is encoded otherwise than the videos before it")

    def _mux(self, packet: Any) -> None:
        packet.stream = self._stream
        packet.time_base = self._stream.time_base
        packet.pts = packet.dts = self._ticks(self.pictures)
        packet.duration = self._ticks(self.pictures + 1) - packet.pts
        self._out.mux(packet)
        self.pictures += 1

    def _ticks(self, pictures: int) -> int:
        ticks: int = round(Fraction(pictures, self._fps) / self._stream.time_base)
        return ticks

    def close(self) -> None:
        self._out.close()


def _packets(container: Any, stream: Any, start_s: float, fps: int) -> Iterator[Any]:
    """Yield the packets of a file's pictures from a time on."""
    # Half a picture earlier: times were rounded when they were written.
    earliest = (start_s - 0.5 / fps) / float(stream.time_base)
    container.seek(round(start_s / float(stream.time_base)), stream=stream)
    for packet in container.demux(stream):
        if packet.size and packet.pts is not None and packet.pts >= earliest:
            yield packet
