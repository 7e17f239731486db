"""What each verb of a worker or secretary does. 上报 and 看板 are the caller's."""

from bot.commands import answering, own, passing, pausing, secretary, taking
from bot.commands.grammar import Verb
from bot.commands.typed import Action

ACTIONS: dict[Verb, Action] = {
    Verb.ACCEPT: taking.accept,
    Verb.RECEIVED: taking.accept,
    Verb.HANDLE: taking.handle,
    Verb.RETURN: passing.give_back,
    Verb.TRANSFER: passing.transfer,
    Verb.WHISTLE: passing.whistle,
    Verb.REJECT: passing.reject,
    Verb.EXTEND: pausing.extend,
    Verb.SUSPEND: pausing.suspend,
    Verb.RESUME: pausing.resume,
    Verb.ASK: pausing.ask,
    Verb.YES: answering.answer,
    Verb.NO: answering.answer,
    Verb.CATEGORY: answering.answer,
    Verb.LEAVE: own.leave,
    Verb.TODO: own.todo,
    Verb.PROGRESS: own.progress,
    Verb.HELP: own.help_line,
    Verb.SUPERVISE: secretary.supervise,
    Verb.RECATEGORISE: secretary.recategorise,
    Verb.MERGE: secretary.merge,
    Verb.SPLIT: secretary.split,
    Verb.CANCEL: secretary.cancel,
    Verb.PROPOSE: secretary.propose,
    Verb.DIGEST: secretary.daily,
    Verb.EMERGENCY_ON: secretary.emergency,
    Verb.EMERGENCY_OFF: secretary.emergency,
    Verb.CONFIRM: secretary.confirm,
}
