"""Commands of one import → its selection: roles, hosts, and everything around them, with the notes on the way."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from wizard.errors import ImportScriptError
from wizard.importing import inference, merging, places
from wizard.importing.arguments import Arguments, Problem, ProblemKind, parse_arguments
from wizard.importing.launches import ROUTER
from wizard.importing.merging import Surroundings
from wizard.importing.placeholders import is_placeholder, is_specific, is_unfilled_address, is_unfilled_path
from wizard.importing.places import Group, Launch, Place
from wizard.importing.script import Command, Container, Note, Script
from wizard.knowledge import releases
from wizard.model.selection import (
    Host,
    Model,
    Role,
    RoleName,
    Runtime,
    RuntimeKind,
    Scenario,
    Selection,
    Series,
    Tuning,
)

_LOOKED_FOR = "`python3 -m sglang.launch_server`, `sglang serve` or `python3 -m sglang_router.launch_router`"
_GIVE = "give the script that starts the server, or its command: `glm-wizard -- python3 -m sglang.launch_server …`"
_ABOUT_VALUES = (ProblemKind.BAD_VALUE, ProblemKind.BAD_CHOICE)
_MODE = "disaggregation-mode"
_PAIR = (RoleName.PREFILL, RoleName.DECODE)


@dataclass(frozen=True, slots=True)
class ImportedProblem:
    """An objection of the release's parser to an imported command line, and where it stands."""

    role: RoleName
    problem: Problem
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import gives."""

    selection: Selection
    notes: tuple[Note, ...]
    problems: tuple[ImportedProblem, ...] = ()
    """The same objections are among the notes; here with kind, option and index."""


class Assembly:
    """One import under construction."""

    def __init__(
        self, scripts: Sequence[Script], label: str, release: str | None, series: str | None, *, lines: bool = True
    ) -> None:
        self.scripts = scripts
        self.label = label
        self.notes: dict[Note, None] = {note: None for script in scripts for note in script.notes}
        self.problems: list[ImportedProblem] = []
        self.lines = lines
        self.metadata = {key: value for script in reversed(scripts) for key, value in script.metadata.items()}
        self.commands = [command for script in scripts for command in script.commands]
        self.asked_series = next((item for item in Series if item == series), None)
        self.containers = _containers(scripts, self.commands)
        self.image = inference.image(scripts, self.containers)
        self.release = release or self.metadata.get("release") or self._inferred_release()

    def say(self, command: Command, text: str, message: str) -> None:
        """Remembers a note about a command."""
        index = command.arguments.index(text) if text in command.arguments else None
        line = command.lines[index] if index is not None and index < len(command.lines) else command.line
        self.notes[Note(line if self.lines else 0, text, message, command.name)] = None

    def remark(self, message: str) -> None:
        """Remembers a note about the whole."""
        if message:
            self.notes[Note(0, "", message)] = None

    def _inferred_release(self) -> str:
        found, remark = inference.release(self.image, self.commands)
        self.remark(remark)
        return found

    def result(self) -> Imported:
        """The selection, with the notes in the order of their lines.

        Raises:
            ImportScriptError: there is no server to start.
        """
        launches = self._with_other_mode([self._launch(command) for command in self.commands])
        by_role: dict[RoleName, list[Launch]] = {}
        for launch in launches:
            by_role.setdefault(launch.role, []).append(launch)
        routers = by_role.pop(RoleName.ROUTER, [])
        scenario, servers = self._scenario(by_role, routers)
        router = self._router(routers) if scenario is Scenario.PD else None
        groups = self._groups(servers, router)
        if scenario is not Scenario.PD and groups[RoleName.SERVER].hosts_per_instance > 1:
            scenario = Scenario.MULTI
        selection = self._selection(scenario, groups, router)
        notes = sorted(self.notes, key=lambda note: (note.name, note.line))
        return Imported(selection, tuple(notes), tuple(self.problems))

    def _launch(self, command: Command) -> Launch:
        router = command.program == ROUTER
        known = releases.router() if router else releases.release(self.release)
        words = command.arguments
        if words and not words[0].startswith("-") and command.words[-len(words) - 1 : -len(words)] == ("serve",):
            command = replace(
                command,
                arguments=("--model-path", *words),
                lines=(command.line, *command.lines),
                unknown=frozenset(index + 1 for index in command.unknown),
            )
        arguments = parse_arguments(command.arguments, known)
        launch = Launch(command, arguments)
        for problem in arguments.problems:
            if launch.is_unknown(problem.option) and problem.kind in _ABOUT_VALUES:
                continue
            line = command.lines[problem.index] if problem.index < len(command.lines) else command.line
            self.problems.append(ImportedProblem(launch.role, problem, command.name, line))
            shown = command.arguments[problem.index] if problem.index < len(command.arguments) else problem.option
            where = line if self.lines else 0
            hint = (
                f" (did you mean `--{problem.suggestions[0]}`?)"
                if problem.kind == "unknown" and problem.suggestions
                else ""
            )
            self.notes[Note(where, shown.partition("=")[0], problem.message + hint, command.name)] = None
        if "config" in arguments.options:
            self.say(command, "--config", "the options in the file behind `--config` are not read")
        return launch

    def _with_other_mode(self, launches: list[Launch]) -> list[Launch]:
        """Where one branch is prefill and the other one only known at run time, the other one is decode; and back."""
        modes = {launch.role for launch in launches if not launch.is_unknown(_MODE)} & {*_PAIR}
        if len(modes) != 1:
            return launches
        other = next(role for role in _PAIR if role not in modes)
        found: list[Launch] = []
        for launch in launches:
            if not launch.is_unknown(_MODE):
                found.append(launch)
                continue
            self.say(launch.command, f"--{_MODE}", f"`--{_MODE}` is only known at run time here; taken as {other}")
            options = {name: other.value if name == _MODE else value for name, value in launch.options.items()}
            known = launch.command.unknown - frozenset(launch.arguments.spans[_MODE])
            arguments = Arguments(options, (), launch.arguments.spans, launch.arguments.occurrences)
            found.append(Launch(replace(launch.command, unknown=known), arguments))
        return found

    def _scenario(
        self, by_role: Mapping[RoleName, list[Launch]], routers: Sequence[Launch]
    ) -> tuple[Scenario, dict[RoleName, list[Launch]]]:
        """Which scenario the servers make up, and the launches that belong to it."""
        if not by_role:
            if routers:
                raise ImportScriptError(
                    f"{self.label} starts a router but no server", "import the servers' scripts with it"
                )
            raise ImportScriptError(f"no launch was found in {self.label}; looked for {_LOOKED_FOR}", _GIVE)
        if RoleName.PREFILL in by_role and RoleName.DECODE in by_role:
            for launch in by_role.get(RoleName.SERVER, ()):
                self.say(launch.command, "", "this server has no `--disaggregation-mode`; left out of prefill-decode")
            return Scenario.PD, {role: by_role[role] for role in _PAIR}
        for launch in routers:
            self.say(launch.command, "", "a router needs prefill and decode servers here; left out")
        role = next(role for role in (RoleName.SERVER, *_PAIR) if role in by_role)
        for other in by_role.keys() - {role}:
            self.say(by_role[other][0].command, "", f"this {other} server does not fit beside the others; left out")
        if role is not RoleName.SERVER:
            missing = "decode" if role is RoleName.PREFILL else "prefill"
            self.remark(f"only the {role} server was found; import the {missing} server's script with it for both")
        return Scenario.SINGLE, {RoleName.SERVER: by_role[role]}

    def _router(self, routers: Sequence[Launch]) -> Launch | None:
        for launch in routers[1:]:
            self.say(launch.command, "", "a second router; the first one was kept")
        return routers[0] if routers else None

    # ------------------------------------------------------------------------------------------- roles and hosts

    def _groups(self, servers: Mapping[RoleName, list[Launch]], router: Launch | None) -> dict[RoleName, Group]:
        per_host = inference.A2_DEVICES if self.asked_series is Series.A2 else inference.A3_DEVICES
        stores = [places.store(launch.command)[0] for launches in servers.values() for launch in launches]
        found: dict[RoleName, Group] = {}
        for role, launches in servers.items():
            group = places.group(role, launches, self.say, per_host)
            if role is RoleName.SERVER and group.instances > 1:
                group = self._first_instance(group)
            group = self._with_own_hosts(group) if self.metadata else places.completed(group, router, stores)
            if group.instances > len({place.instance for place in group.places}):
                text = f"the router names {group.instances} {role} servers; each gets the settings of the one found"
                self.say(group.first.launch.command, "", text)
            found[role] = group
        return found

    def _first_instance(self, group: Group) -> Group:
        for place in group.places:
            if place.instance and not place.rank:
                self.say(place.launch.command, "", "one server is imported; this further one was left out")
        kept = tuple(place for place in group.places if not place.instance)
        return replace(group, places=kept, instances=1)

    def _with_own_hosts(self, group: Group) -> Group:
        """In a script of the wizard, addresses and interfaces stand in its variables."""
        return replace(group, places=tuple(self._with_own_host(place) for place in group.places))

    def _with_own_host(self, place: Place) -> Place:
        base = place.launch.command.function.removeprefix("start_").upper()
        address = self._variable(f"{base}_ADDRESS")
        interface = self._variable(f"{base}_INTERFACE")
        return replace(place, address=address or "", interface=interface or "") if base else place

    def _variable(self, name: str) -> str | None:
        return next((script.variables[name] for script in self.scripts if name in script.variables), None)

    def _selection(self, scenario: Scenario, groups: Mapping[RoleName, Group], router: Launch | None) -> Selection:
        everything = list(groups.values())
        interfaces = {place.interface for group in everything for place in group.places}
        carries = (
            any(not is_unfilled_address(place.address) for group in everything for place in group.places)
            or len([name for name in interfaces if not is_placeholder(name)]) > 1
        )
        around = Surroundings(groups, carries, self.say)
        roles: dict[str, Role] = {role.value: merging.server_role(group, around) for role, group in groups.items()}
        if router is not None:
            roles[RoleName.ROUTER.value] = merging.router_role(router, around)
        hosts = [*_hosts(everything), *self._router_host(router, groups)] if carries else []
        runtime = self._runtime()
        return Selection(
            preset=self.metadata.get("preset", ""),
            scenario=scenario,
            series=self._series(everything),
            release=self.release,
            model=self._model(everything),
            runtime=runtime,
            tuning=self._tuning(everything),
            roles=roles,
            hosts=tuple(hosts),
        )

    def _router_host(self, router: Launch | None, groups: Mapping[RoleName, Group]) -> list[Host]:
        """The router's own host, where it is not the first prefill host."""
        if router is None:
            return []
        address = "" if router.is_unknown("host") else router.text("host")
        if self.metadata:
            address = self._variable("ROUTER_ADDRESS") or ""
        if not is_specific(address) or address == groups[RoleName.PREFILL].head_address(0):
            return []
        return [Host(address=address, role=RoleName.ROUTER)]

    def _series(self, groups: Sequence[Group]) -> Series:
        named = self.metadata.get("series", "")
        if named in [*Series]:
            return Series(named)
        mapped = [device for container in self.containers for device in container.devices]
        found, remark = inference.series(self.image, mapped, groups, self.asked_series)
        self.remark(remark)
        return found

    def _model(self, groups: Sequence[Group]) -> Model:
        first = groups[0].first.launch
        path = first.text("model-path")
        for group in groups:
            for place in group.places:
                if place.launch.text("model-path") != path:
                    self.say(
                        place.launch.command, "--model-path", "the servers differ in `--model-path`; the first was kept"
                    )
        # in a script of ours any text is a path that somebody chose
        if first.is_unknown("model-path") or (not self.metadata and is_unfilled_path(path)):
            path = ""
        found = inference.model(path, self.image, first.text("quantization"), first.text("served-model-name"))
        if not self.metadata:
            return found
        named = self.metadata.get("quantization", found.quantization)
        return Model(name=self.metadata.get("model") or found.name, path=path, quantization=named)

    def _runtime(self) -> Runtime:
        defaults = Runtime()
        used = bool(self.containers)
        kind = RuntimeKind.CONTAINER if used else RuntimeKind.HOST
        if self.metadata.get("runtime") in [*RuntimeKind]:
            kind = RuntimeKind(self.metadata["runtime"])
        size = next((container.shm_size for container in self.containers if container.shm_size), "")
        own = self._variable("SHM_SIZE") if self.metadata else None
        return Runtime(kind=kind, image=self.image, shm_size=own or size or defaults.shm_size)

    def _tuning(self, groups: Sequence[Group]) -> Tuning:
        commands = [place.launch.command for group in groups for place in group.places]
        return Tuning(
            scaling_governor=next((s.scaling_governor for s in self.scripts if s.scaling_governor), ""),
            sysctl={name: value for script in reversed(self.scripts) for name, value in script.sysctl.items()},
            unset=_in_order(name for command in commands for name in command.unset),
            scripts=_in_order(path for command in commands for path in command.sourced),
        )


def _in_order(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def _containers(scripts: Sequence[Script], commands: Sequence[Command]) -> list[Container]:
    """The containers that servers run in, else those that run an image of SGLang."""
    used = [command.container for command in commands if command.container is not None]
    return used or [item for script in scripts for item in script.containers if "sglang" in item.image]


def _filled(text: str, test: Callable[[str], bool]) -> str:
    return "" if test(text) else text


def _hosts(groups: Sequence[Group]) -> list[Host]:
    """One host for every rank; what the scripts do not say stays empty."""
    found: list[Host] = []
    for group in groups:
        known = {(place.instance, place.rank): place for place in group.places}
        for instance in range(group.instances):
            for rank in range(group.hosts_per_instance):
                place = known.get((instance, rank))
                address = place.address if place is not None else ""
                if not address and rank == 0:
                    address = group.head_address(instance)
                interface = place.interface if place is not None else ""
                found.append(
                    Host(
                        address=_filled(address, is_unfilled_address),
                        role=group.role,
                        instance=instance,
                        rank=rank,
                        interface="" if interface == "lo" else _filled(interface, is_placeholder),
                    )
                )
    return found
