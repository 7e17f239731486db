"""`geying import`: the roster from Excel into the configuration file, all or nothing.

A row is a grid, or further buildings of one: 街道, 社区, 网格, 小区, 楼栋, A岗, B岗, 微信号.
微信号 holds the platform ids of A岗 and B岗 in this order; whoever is in the configuration already,
or has an id in another row, needs none. 书记, 书记微信号 and 工作群 are optional and found a new
community.

A community in the file gets exactly the grids of the file; other communities stay as they are.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import tomlkit
from tomlkit.items import AoT, Array

from bot.roster_sheet import APART, NEEDED, Line, RosterProblem, people_of, read_lines
from bot.settings import SettingsProblem, expand_buildings, load


@dataclass(slots=True)
class Imported:
    """What an import brought."""

    communities: int = 0
    grids: int = 0
    workers: int = 0
    new_workers: list[str] = field(default_factory=list)
    gone_grids: list[str] = field(default_factory=list)
    gone_workers: list[str] = field(default_factory=list)


def import_roster(file: Path, config: Path) -> Imported:
    """Take the roster of an Excel file into a configuration file, if every row of it is right.

    Raises:
        RosterProblem: with a line for every bad row; nothing was changed.
        SettingsProblem: where the configuration itself cannot be read.
    """
    load(config)
    lines = read_lines(file)
    document = tomlkit.parse(config.read_text(encoding="utf-8"))
    found = _Taking(document, lines).take()
    _replace(config, tomlkit.dumps(document))
    return found


_SAME = (("community", "社区"), ("estate", "小区"), ("a_post", "A岗"), ("b_post", "B岗"))


class _Taking:
    """One import: checks every row first, then changes the document."""

    def __init__(self, document: tomlkit.TOMLDocument, lines: list[Line]) -> None:
        self.document, self.lines = document, lines
        self.wrong: list[tuple[int, str]] = []
        self.workers = {w["name"]: dict(w) for w in document.get("workers", [])}
        self.named = Counter(w["name"] for w in document.get("workers", []))
        self.by_contact = {w["contact"]: w["name"] for w in document.get("workers", [])}
        self.communities = {c["name"]: dict(c) for c in document.get("communities", [])}
        self.streets = {s["name"] for s in document.get("streets", [])}
        self.grids: dict[str, dict[str, Any]] = {}
        self.found = Imported()
        self.was: set[str] = set()

    def take(self) -> Imported:
        for line in self.lines:
            if self._is_whole(line):
                self._contacts(line)
        for line in self.lines:
            if self._is_whole(line, again=True):
                self._community(line)
                self._grid(line)
        self._overlaps()
        if self.wrong:
            raise RosterProblem(
                "\n".join(f"第{number}行：{words}" for number, words in sorted(set(self.wrong)))
                + "\n一行也没有导入；改好再来。"
            )
        self._write()
        return self.found

    def _say(self, line: Line, words: str) -> None:
        self.wrong.append((line.number, words))

    def _is_whole(self, line: Line, *, again: bool = False) -> bool:
        missing = [column for column in NEEDED if not line[column]]
        if missing and not again:
            self._say(line, f"没填{'、'.join(missing)}")
        return not missing

    def _contacts(self, line: Line) -> None:
        given = [one for one in APART.split(line["微信号"]) if one]
        people = people_of(line)
        if len(given) > len(people):
            self._say(line, f"有{len(given)}个微信号，只有{len(people)}个人")
        for name, contact in people:
            self._worker(line, name, contact, "grid_worker")
        if line["书记"]:
            self._worker(line, line["书记"], line["书记微信号"], "secretary")

    def _worker(self, line: Line, name: str, contact: str, role: str) -> None:
        if not contact:
            return
        if self.by_contact.get(contact, name) != name:
            self._say(line, f"微信号{contact}是{self.by_contact[contact]}的，不是{name}的")
            return
        known = self.workers.get(name)
        if known is not None and known["contact"] != contact:
            self._say(line, f"{name}有两个微信号：{known['contact']}和{contact}")
            return
        if known is None:
            id_ = name if name not in {w["id"] for w in self.workers.values()} else contact
            self.workers[name] = {"id": id_, "name": name, "contact": contact, "role": role}
            self.by_contact[contact] = name
            self.found.new_workers.append(name)

    def _id(self, line: Line, name: str, post: str) -> str:
        if self.named[name] > 1:
            self._say(line, f"配置里有{self.named[name]}个{name}，分不清是哪个：先把名字改得不一样")
        if name not in self.workers:
            self._say(line, f"{post}“{name}”没有微信号")
            return name
        return str(self.workers[name]["id"])

    def _community(self, line: Line) -> None:
        name, street = line["社区"], line["街道"]
        known = self.communities.get(name)
        if known is None:
            if not line["书记"] or not line["工作群"]:
                self._say(line, f"社区“{name}”配置里还没有：补上书记、书记微信号、工作群三列")
                return
            known = {"id": name, "name": name, "street": street}
            known |= {"secretary": self._id(line, line["书记"], "书记"),
                      "work_room": line["工作群"]}  # fmt: skip
            self.communities[name] = known
            self.found.communities += 1
        if street and known.get("street", "") not in ("", street):
            self._say(line, f"社区“{name}”属于{known['street']}，不是{street}")
        elif street:
            known["street"] = street

    def _grid(self, line: Line) -> None:
        community = self.communities.get(line["社区"], {}).get("id", line["社区"])
        try:
            expand_buildings(line["楼栋"])
        except ValueError:
            self._say(line, f"楼栋“{line['楼栋']}”看不懂：写成 1-6,8,10A，整个小区就空着")
            return
        posts = [self._id(line, name, "A岗" if at == 0 else "B岗")
                 for at, (name, _) in enumerate(people_of(line))]  # fmt: skip
        grid = {
            "id": line["网格"], "community": community, "estate": line["小区"],
            "buildings": line["楼栋"], "a_post": posts[0],
            "b_post": posts[1] if len(posts) == 2 else posts[1:] or "", "lines": [line],
        }  # fmt: skip
        known = self.grids.setdefault(line["网格"], grid)
        if known is grid:
            return
        first = f"第{known['lines'][0].number}行"
        for key, column in _SAME:
            if known[key] != grid[key]:
                self._say(line, f"网格{line['网格']}的{column}和{first}不一样")
                return
        if not known["buildings"] or not line["楼栋"]:
            self._say(line, f"网格{line['网格']}{first}已经写过，楼栋不能空着")
            return
        known["buildings"] += f",{line['楼栋']}"
        known["lines"].append(line)

    def _others(self) -> list[dict[str, Any]]:
        """Grids of communities that the file does not speak of."""
        named = {grid["community"] for grid in self.grids.values()}
        return [g for g in self.document.get("grids", []) if g["community"] not in named]

    def _overlaps(self) -> None:
        taken: dict[tuple[str, str], str] = {}
        for other in self._others():
            for building in expand_buildings(other.get("buildings", "")) or ["*"]:
                taken[other["estate"], building] = f"网格{other['id']}"
            if other["id"] in self.grids:
                line = self.grids[other["id"]]["lines"][0]
                self._say(line, f"网格{other['id']}已是另一个社区的")
        for grid in self.grids.values():
            for line in grid["lines"]:
                self._claim(taken, line)

    def _claim(self, taken: dict[tuple[str, str], str], line: Line) -> None:
        """Take a row's buildings; what another row or grid has already is said once for each."""
        estate, clashes = line["小区"], dict[str, list[str]]()
        for building in expand_buildings(line["楼栋"]) or ["*"]:
            clash = taken.get((estate, building)) or taken.get((estate, "*"))
            if building == "*":
                clash = clash or next((who for (e, _), who in taken.items() if e == estate), None)
            if clash:
                clashes.setdefault(clash, []).append(building)
            else:
                taken[estate, building] = f"第{line.number}行的网格{line['网格']}"
        for clash, buildings in clashes.items():
            what = "整个小区" if buildings == ["*"] else f"{'、'.join(buildings)}栋"
            self._say(line, f"{estate}{what}已经在{clash}里")

    def _write(self) -> None:
        self._write_grids()
        self._write_communities()
        self._write_workers()

    def _write_grids(self) -> None:
        named = {grid["community"] for grid in self.grids.values()}
        old = [g for g in self.document.get("grids", []) if g["community"] in named]
        leads = {g["id"]: g.get("lead", "") for g in old}
        self.found.gone_grids = [g["id"] for g in old if g["id"] not in self.grids]
        self.found.grids = len(self.grids)
        self.was = {p for g in old for p in _posts(g)}
        kept = _tables(self.document, "grids")
        for at in reversed(range(len(kept))):
            if kept[at]["community"] in named:
                del kept[at]
        for id_, grid in self.grids.items():
            row = {key: grid[key] for key in
                   ("id", "community", "estate", "buildings", "a_post", "b_post")}  # fmt: skip
            if leads.get(id_):
                row["lead"] = leads[id_]
            kept.append(row)

    def _write_communities(self) -> None:
        tables = _tables(self.document, "communities")
        for table in tables:
            known = self.communities[table["name"]]
            if known.get("street") and table.get("street", "") != known["street"]:
                table["street"] = known["street"]
        there = {table["name"] for table in tables}
        for name, community in self.communities.items():
            if name not in there:
                tables.append(community)
                rooms = _tables(self.document, "rooms")
                rooms.append(
                    {"topic": community["work_room"], "kind": "work",
                     "community": community["id"]}
                )  # fmt: skip
        named = {c["street"] for c in self.communities.values() if c.get("street")}
        if self.streets:
            streets = _tables(self.document, "streets")
            for street in sorted(named - self.streets):
                streets.append({"name": street})

    def _write_workers(self) -> None:
        tables = _tables(self.document, "workers")
        there = {table["name"] for table in tables}
        for name, worker in self.workers.items():
            if name not in there:
                tables.append(worker)
        used = _used(self.document)
        for at in reversed(range(len(tables))):
            worker = tables[at]
            gone = worker["id"] in self.was and worker["id"] not in used
            if gone and worker["role"] == "grid_worker":
                self.found.gone_workers.append(str(worker["name"]))
                del tables[at]
        self.found.workers = len(tables)


def _posts(grid: Any) -> list[str]:
    b_post = grid.get("b_post", "")
    return [grid["a_post"], *([b_post] if isinstance(b_post, str) else b_post)]


def _used(document: tomlkit.TOMLDocument) -> set[str]:
    used = {c["secretary"] for c in document.get("communities", [])}
    used |= {post for g in document.get("grids", []) for post in _posts(g)}
    used |= {g.get("lead", "") for g in document.get("grids", [])}
    used |= {h["worker"] for h in document.get("handlers", [])}
    return used | {c["helper"] for c in document.get("care", [])}


def _tables(document: tomlkit.TOMLDocument, name: str) -> AoT | Array:
    if name not in document:
        document.append(name, tomlkit.aot())
    found = document[name]
    if not isinstance(found, AoT | Array):
        raise RosterProblem(f"{name}: write it as [[{name}]] tables, one for each")
    return found


def _replace(config: Path, text: str) -> None:
    """Put the new text in the file's place, once the loader has accepted it."""
    with NamedTemporaryFile(
        "w", encoding="utf-8", dir=config.parent, prefix=".geying-", suffix=".toml", delete=False
    ) as draft:
        draft.write(text)
    new = Path(draft.name)
    try:
        load(new)
    except SettingsProblem as problem:
        new.unlink()
        raise RosterProblem(f"{problem}\n一行也没有导入。") from problem
    os.chmod(new, config.stat().st_mode & 0o777)
    os.replace(new, config)
