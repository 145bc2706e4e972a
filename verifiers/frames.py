"""What stands around the question proper: polite openings, `what do you get if`, and sentences about how to answer.

The idea: a closed list of patterns, each of which leaves what is asked as it is. What is not here is not read. Where
an opening or a closing names what is asked for (`what is the sum?`, `what is left?`), the reading must be one.
"""

from __future__ import annotations

import re
from typing import Final

from slowthink.verifiers.expressions import Expression, Operation, evaluate
from slowthink.verifiers.verbs import FORMS

_KIND = r"(?:simple |basic |short |quick |arithmetic |arithmetical |math |maths |mathematical |numerical |worded )*"
_THING = (
    rf"(?:{_KIND}(?:expression|sum|problem|calculation|question|equation|operations?|computation|exercise|task"
    r"|arithmetic|math))"
)
_VERBS = "|".join(sorted({re.escape(word) for word in FORMS}, key=len, reverse=True))
_COMMANDED = (
    rf"(?:then |now |first )?(?:{_VERBS}|"
    r"add|sum|combine|subtract|multiply|divide|take|double|triple|halve|square|cube|increase|decrease|reduce|raise"
    r"|deduct|remove|multiplied|divided|added|subtracted|took|doubled|tripled|halved|squared|knock|minus|count|go|move"
    r"|split|share|started|began|had|start|begin|think of|pick|choose|imagine|have)\b"
)
_SOMEONE = r"(?:you|i|we|one|u|someone|somebody|they)"
_GET = (
    r"(?:get|got|have|obtain|end up with|ended up with|arrive at|reach|find|see|be left with|be the result|receive"
    r"|arrived at|reached|finish (?:up )?(?:with|on|at)|produce|see|hit|wind up with|come out with|come up"
    r" with|come to|land on|finish on|be at|be on)"
)
_NOW = (
    r"(?:,? (?:now|then|in the end|at the end|in total|altogether|all together|overall|left|left over|finally|please"
    r"|at this point|after (?:all )?that|exactly|over|remaining))*"
)
_WHEN = r"(?:when|if|by|after|once|upon|on|as|in)"
_COMES = (
    r"(?:equals?|is|are|makes?|gives?(?: us| me| you)?|(?:leaves?|yields?)(?: us| me| you)?(?: with)?|produces?"
    r"|comes? to|comes? out (?:to|as)"
    r"|adds? up to|amounts? to|results? in"
    r"|works? out (?:to|as|at)|evaluates? to|be|become|total|come out (?:at|as))"
)


def _patterns(*patterns: str, after: str = "") -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(f"(?:{pattern}){after}", re.IGNORECASE) for pattern in patterns)


# What may stand before the expression, any number of them one after the other.
_LEADS: Final = _patterns(
    r"(?:quick one|quick question|real quick)\s*(?:[,:.!]|-(?=\s+[^\W\d]))?(?= )",
    # With a number right behind them these would be labels: `problem 3 - 4`.
    r"(?:question|q|problem|exercise|task|input|first|maths?|math problem|maths problem|arithmetic)\b"
    r"(?:\s*[,:.!](?!\w)|\s*\n|(?=\s+[^\W\d]))",
    r"(?:hello|hi|hey|please|now|okay|ok|so|well|right|alright|quick(?! one)|quickly"
    r"|firstly|quick question|quick one|next question|there|just|exactly|here goes|and"
    r"|thanks|listen|only|simply|then|finally|pls|plz|yo|um|hmm|hm|er|say|hey there|good morning|good afternoon"
    r"|for me|to begin|to start|to start with|first of all|first off|real quick|one more|here's one|here is one"
    r"|sorry|excuse me|everyone|folks|mate|buddy|friend|math time|maths time|mental (?:maths?"
    r"|arithmetic))\s*(?:[,:.!]|[-–—](?=\s+[^\W\d]))?(?!\w)",
    rf"(?:i have|i've got|here is|here's|i've|this is|there is|got) (?:a|an|one|another|my|the)?\s*"
    rf"(?:quick |little |small |simple |easy )*(?:one|question|{_THING})(?: for you| to (?:solve|answer|do))?\s*"
    r"(?:[:.,]|-(?=\s+[^\W\d]))",
    r"(?:can|could|would|will) (?:you|u|someone|somebody|anyone|anybody) (?:please |kindly |pls |plz |possibly "
    r"|quickly |just )*(?:help me (?:(?:to|with) )?)?(?:please |just )?",
    r"do you (?:know|happen to know) (?:what\b)?|any idea what\b|i wonder what\b|i was wondering what\b",
    r"would you mind (?:telling me|working out|calculating|computing|finding|solving)(?: what)?\b",
    r"(?:i'd|i’d|i would|we'd) like (?:you )?(?:to )?(?:know )?(?:what\b)?",
    r"i(?:'m| am) trying to (?:find out |work out |figure out |calculate |compute |find |know )(?:what\b)?",
    r"(?:my calculator(?:(?:'|’)s| is| has) (?:dead|broken|not working|gone|out of battery|died|bust|busted|flat)"
    r"|my calculator (?:just )?(?:died|broke|broke down|gave up|stopped working)"
    r"|i(?:'m| am) (?:bad|"
    r"terrible|rubbish|no good|awful|hopeless) (?:at|with) (?:maths?|numbers|arithmetic|sums)|i (?:forgot|lost) my"
    r" calculator"
    r"|i can't do this in my head|i(?:'m| am) stuck)\s*(?:[.,;:!]+|-(?=\s+[^\W\d]))(?: so\b)?",
    rf"i was wondering what {_SOMEONE}(?:'d| would| will|'ll) {_GET} {_WHEN}\b|what {_SOMEONE}(?:'d| would|'ll|"
    rf" will)? {_GET} {_WHEN}\b",
    r"i (?:want|need|have|would like) (?:you )?to (?:know )?(?:what\b)?|help me (?:(?:to|with) )?|i'd like to know "
    r"|i need (?:some )?help with (?:this\s*:?)?",
    r"i(?:'d| would) (?:be (?:so |very )?grateful|appreciate it|be glad|be happy|love it|be thankful)(?: very much)? if"
    r" (?:you|someone) (?:could|would|can) (?:please |kindly )?",
    r"(?:can|could|may|might) (?:i|we) (?:please |just )?(?:have|get|know|ask(?: for)?|see|trouble you for)\b(?:"
    r" what\b)?",
    r"(?:any|is there any|what are the) chance(?:s)? (?:that )?(?:you|u|someone) (?:can|could|would|will) (?:please )?",
    r"(?:would you |do you )?mind (?=\w+ing\b)",
    r"(?:my|the|our|a) (?:\w+ )?(?:teacher|friend|boss|son|daughter|kid|child|brother|sister|colleague|textbook"
    r"|homework|worksheet"
    r"|book|quiz|test|exam) (?:just )?(?:asked|asks|wants to know|is asking|wonders)(?: me| us)?\s*[:,]?",
    r"(?:complete|finish|fill in the (?:blank|gap)s?)(?: this| the following)?\s*[:,]?",
    r"step (?:\d|one|two|three|four)\s*[:.)](?=\s)",
    r"(?:once|after|when) (?:you(?:'|’)?ve|you have|i(?:'|’)?ve|i have)\b|having\b",
    r"(?:find|give(?: me)?|name|tell me|state|what(?:'s| is)) (?:a|the|which) (?:number|value) (?:that|which)(?:'s|"
    r" is| equals)\b",
    r"(?:what|which) (?:total|sum|number|result|value) (?:do|does|would|will)\b",
    r"(?:i(?:'m| am) thinking of|i(?:'ve| have) got|think of|i thought of|i have) (?:a|the|this) number(?:[.,;:]?"
    r" (?:it|this number"
    r"|the number|that|which)(?:'s| is))\b",
    r"what(?:'s| would be| will be)? (?:left|remaining) (?:of|from)\b",
    r"i (?:need|want|require)\b|i(?:'m| am) (?:after|looking for|curious(?: about)?|wondering(?: about)?|interested"
    r" in)\b"
    r"|looking for\b|what (?:i|we) (?:need|want)(?: to know)? is\b|(?:please )?(?:gimme|lemme know|help me find|help"
    r" with)\b",
    r"(?:my|the|this|our|today's|your) (?:question|problem|task|exercise|sum|calculation|job) (?:is|goes)"
    r"(?: this| to| as follows)?\s*[:,]?",
    r"see if you can\b|try to\b|i bet you can(?:'|’)?t\b|please\b|kindly\b|go ahead and\b|all i need is\b"
    r"|what i(?:'m| am) after is\b|your (?:task|job) is to\b|you (?:need|have) to\b|now\b|imagine\b(?= you| i | we )",
    rf"(?:what|how much)(?: number)? (?:would|do|will|does) (?:it|that|this) (?:be|make|come to|leave|give)"
    rf"(?: {_SOMEONE}| me)? (?:if|when|after)\b",
    r"(?:what|how much|how many)(?:'s| is| are| would be| will be| was)? (?:left|left over|remaining|remains)(?: over)?"
    r" (?:of|from|out of)\b|(?:what|how much) remains (?:of|from)\b",
    rf"(?:what|which) (?:number|value|result|answer|total)? ?(?:are|am|is) {_SOMEONE} left with {_WHEN}\b"
    rf"|where (?:do|would|will) {_SOMEONE} (?:end up|land|finish) {_WHEN}\b",
    r"(?:tell me|let me know|know|work out|figure out|find out|telling me|say|show me|calculate|determine|i ask|find)"
    rf" (?:what|how much|how many)\b(?: {_SOMEONE} {_GET} {_WHEN}\b)?",
    r"may i ask (?:what|how much)\b|let(?:'|’)?s (?:compute|calculate|work out|find|evaluate|do|try|say)\b",
    rf"the (?:result|total|number|answer|value) {_SOMEONE} {_GET} (?:when|if|by|from|after)\b",
    r"(?:what|which) (?:total|number|value|result|answer) (?:do|would|will) (?:you|i|we) (?:get|have) from\b"
    r"|what do (?:you|i|we) get from\b|the (?:number|answer|result|value)\s*:",
    r"(?:calculate|compute|evaluate|find|find out|solve|work out|determine|simplify|figure out|tell me|give me|give|do"
    r"|answer|name|state|provide|produce|return|output|report|write|need|want|get|show me|perform|carry out"
    r"|try)\b\s*:?",
    r"what(?:'s|’s| is|s)\b(?= )|how (?:much|many) (?:is|are|do|does|would|will)\b|how about\b|what about\b"
    r"|what (?:does|do|are|will be|would be|will|would|comes of)\b",
    r"(?:what|which) (?:number|value) (?:is|results from)\b"
    r"|(?:find|give|name|tell me)? ?the number (?:that|which) is\b",
    r"work (?:this|it|the following) out\b\s*[:,]?",
    r"(?:the )?(?:exact |numerical |numeric |final )?(?:value|result|answer|solution|outcome)(?: of| to| for|:)",
    rf"(?:the following|following|this|the) {_THING}\b(?!,?\s+(?:and|or)\b)\s*[:?.]?"
    r"|(?:the following|following|this)\s*:",
    rf"(?:of|to|for|by|when|if) (?=the following|this|{_SOMEONE} )",
    rf"(?:what|how much|how many|which) (?:number |value |result |answer |total )?(?:do|would|will|does|can|should)"
    rf" {_SOMEONE} {_GET} {_WHEN}\b",
    r"(?:when|if|suppose|say|let's say|after|once|by)\b|what happens (?:when|if)\b"
    r"|the (?:total|sum|product|difference|quotient) (?:when|if)\b",
    rf"(?:what is |what's )?the (?:final )?(?:result|value|answer|number|outcome|total)"
    rf" (?:when|if|of|after|once|from|{_SOMEONE} {_GET} {_WHEN})\b",
    rf"what (?:number )?(?:is|will be|would be|'s) (?:left|left over|remaining) {_WHEN}\b|what's left {_WHEN}\b",
    rf"how (?:much|many) (?:remains?|is left|are left|will be left|would be left)(?: over)? {_WHEN}\b",
    rf"what (?:number )?(?:remains|is the result|results|comes out) {_WHEN}\b",
    rf"{_SOMEONE}(?= {_COMMANDED})",
    rf"{_SOMEONE} (?:were|was|had|have|am|are|is|want|wants|need|needs) to\b(?= {_COMMANDED})",
    r"how (?:big|large|great|wide|high|small|much) (?:is|are|was|would be|will be)\b(?= the\b)",
    r"in (?:plain |just"
    r" )?(?:digits|numbers|figures|numerals)\s*[:,]|(?:mum|mom|dad|grandma|grandpa|sis|bro|teach|sir|miss)"
    r" (?:asks|asked|says)\s*[:,]?",
    r"(?:seeking|wanted|needed|required|asked for|sought)\b\s*:?",
    r"(?:what|which)(?: (?:number|value|result|answer|total|figure|integer))? (?:is obtained|is produced|is"
    r" reached|is found|is given"
    r"|is|are|was|would be|will be|results from|arises from|comes from|comes out of|lies|stands|sits)"
    r"(?: (?:by|when|if|from|on|upon|after|once))?\b(?= )",
    r"(?:what|which) (?:number|value|result|answer|total|figure|integer|outcome) (?:results|arises|comes|emerges)"
    r" (?:by|when|if|from|on|upon|after|once)\b",
    r"(?:express|write|give|state|as|put)? ?as (?:a|one) (?:single )?(?:integer|number|whole number|value)\s*[:,]",
    r"(?:do|carry out|perform|follow|complete) (?:these|the following|this|two|three|both) (?:two |three |four"
    r" )?(?:things|steps|operations|instructions)"
    r"(?: in (?:order|turn))?\s*[:.]|(?:two|three|four) (?:steps|things|operations)\s*:",
    r"(?:tell me|let me know|work out|figure out|find out|say|show me|calculate|determine|see|find|know|and|then) "
    r"(?=(?:by )?how (?:much|many|far)\b|what (?:number )?(?:must|should|do|would|number|needs|has)\b)",
    r"(?:tell me|let me know|work out|figure out|find out|say|show me|determine|find|know) what\b"
    r"|(?:to )?(?:find|get|give|obtain|see|know)\b(?= (?:what|how|the|their))",
)
_ANSWER = (
    r"(?:final |correct |exact |numerical |numeric |single |resulting |whole )*"
    r"(?:answer|solution|result|number|integer|value)"
)
_CAREFULLY = r"(?:step[ -]by[ -]step|carefully|slowly|one step at a time)"
_SAY = (
    r"(?:produce|give|write|state|output|provide|return|report|print|respond with|reply with|answer with|respond|reply"
    r"|answer|end with|finish with|tell me|put)"
)
_TELL = (
    r"(?:please )?(?:and )?(?:then )?(?:finally,?"
    r" )?(?:report|say|state|give|show|announce|name|find|share|note|hand|send"
    r"|let (?:me|us) (?:know|have)|tell|work out|figure out|write(?: down)?|read out|reveal|determine|see|return)"
    r"(?: back)?(?: to)?(?: me| us)?(?: back)?"
)
_THE_RESULT = (
    r"(?:the|your) (?:final |resulting |new |end |overall |exact |grand |eventual |closing |one"
    r" )*(?:result|answer|number|total"
    r"|value|figure|outcome|sum|product|difference|count|tally|amount|output)"
)
_BE_LEFT = (
    r"(?:is left|'s left|is left over|'s left over|remains|is remaining|will be left|would be left|we are left with)"
)
_IT = (
    r"(?:it|that|this|everything|all that|all of that|all of it|it all"
    r"|the (?:lot|result|answer|total|whole thing|outcome))"
)
_FINDING = (
    rf"(?:{_THE_RESULT}(?: {_SOMEONE} {_GET})?(?: is| comes to)?"
    rf"|(?:what|how much|how many|which number)(?: (?:number|value|total|result))? (?:{_SOMEONE}(?:'d| would|"
    rf" will|'ll|'ve| have)? {_GET}"
    rf"|{_SOMEONE}(?: are|'re|'m| am|'ll be) (?:left with|left|at|on)"
    rf"|{_IT} (?:is|'s|comes to|gives|makes|equals|leaves|becomes|amounts to|adds up to|totals|works out"
    rf" (?:to|as|at)|comes out (?:to|as|at))"
    rf"|comes out|results|emerges|comes of {_IT})"
    rf"|where {_SOMEONE}(?: would| will|'d|'ll)? (?:end up|land|finish|arrive|are|stand)){_NOW}"
)
_ASKED = (
    rf"(?:so |and |then |now |,)*(?:what|how much|how many|which number)(?:"
    rf" (?:number|value|total|result|figure|answer|amount|integer))?"
    rf" (?:(?:does|do|will|would|did|should|can|could|might|must) (?:{_SOMEONE}|{_IT}) (?:then |now |finally"
    rf" )?(?:{_GET}|come (?:out )?(?:to|as|at)|equal|make"
    rf"|give|leave|amount to|add up to|total|work out (?:to|as|at)|become|be|yield|produce|show|have shown|turn"
    rf" (?:out to be|into))"
    rf"(?: (?:{_SOMEONE}|me|us|behind))?(?: with| as| to)?"
    rf"|(?:is|was|will|would|'s)(?: be)? (?:it|that|this|{_THE_RESULT})(?: be)?(?: {_SOMEONE} {_GET})?"
    rf"|(?:comes out|results|emerges|pops out|appears)|(?:is|will be|would be)"
    rf" (?:shown|obtained|reached|produced|the result|the outcome)){_NOW}"
    rf"|(?:so |and |then |now )*where (?:does|do|will|would) (?:{_SOMEONE}|{_IT}) (?:end"
    rf" up|land|finish|arrive|leave (?:{_SOMEONE}|me|us)){_NOW}"
    rf"|how (?:big|large|great) (?:is|will|would) (?:it|that|this|{_THE_RESULT}|that (?:part|share|number))(?:"
    rf" be)?{_NOW}"
)
_LEFT_ASKED = (
    rf"(?:so |and |then |now )*(?:what|how much|how many|what number|what amount)"
    rf" (?:{_BE_LEFT}|(?:does|do|will|would) (?:that|this|it) leave(?: (?:you|me|us)"
    rf"(?: with)?)?){_NOW}|{_TELL} (?:what|how much|whatever) {_BE_LEFT}{_NOW}"
)
# Sentences about how to answer. None of them can change what is asked; whatever is not here is not read.
_HOW: Final = _patterns(
    rf"{_TELL} {_FINDING}",
    _ASKED,
    _LEFT_ASKED,
    r"(?:quotient|total|sum|product|difference|answer|result)(?:,)? please|it (?:could|can|may|might) be"
    r" (?:negative|below zero)",
    r"(?:to (?:get|make|give|form|obtain|produce) (?:one|a single|the|a) (?:grand |combined"
    r" )?(?:total|sum|answer|result|number)"
    r"|in(?:to)? one (?:total|sum)|(?:a |the )?negative (?:answer|result|number|value)s? (?:is|are|would be)"
    r" (?:fine|ok|okay|allowed|possible)|let me know|as well)",
    r"(?:i|we) (?:want|need|would like|'d like) " + _THE_RESULT,
    r"(?:let(?:'|’)?s|let us) (?:think|work|go|solve|reason|do|take|compute|calculate|approach)"
    r"(?: (?:about|through|on))?(?: (?:it|this|the (?:problem|expression|question|calculation)|this problem|this one))?"
    rf"(?: out)?(?: {_CAREFULLY})*(?: to (?:solve|find|compute|evaluate|calculate|get)"
    rf" (?:it|this|the (?:expression|problem|{_ANSWER})))?",
    r"(?:please )?(?:think|work|reason|solve|calculate|compute|explain|do|answer|proceed|go)"
    r"(?: (?:it|this|the problem|through it|through this))?(?: out)?"
    rf" (?:{_CAREFULLY}|directly|briefly|out loud)(?: and carefully)?",
    r"(?:please )?(?:show|write(?: down| out)?|explain|include|list|give|present|describe)(?: me)?"
    r"(?: all| each| every)?(?: of)?(?: the| your| each| any)?(?: intermediate)?(?: the)?"
    r" (?:steps?|work|workings?|reasoning|calculations?|intermediate results?)(?: clearly| in detail| as you go)?",
    rf"(?:please )?(?:and )?(?:only )?(?:then )?(?:only )?{_SAY}(?: only| just| me| back)?(?: with)?(?: only| just)?"
    rf"(?: the| your| a| an| one)? {_ANSWER}(?: only| alone| itself)?"
    r"(?: as an? (?:single )?(?:number|numeral|integer|whole number|decimal|fraction))?"
    r"(?: at the end| on the last line| on a new line)?",
    r"(?:please )?(?:be (?:very )?careful|take your time|do not rush|don't rush"
    r"|double[ -]check (?:your (?:work|answer)|it)|check your (?:work|answer))",
    r"(?:please )?(?:no explanations?(?: (?:is|are))?(?: (?:needed|necessary|required))?"
    r"|without (?:showing |giving |writing )?(?:me )?(?:any |your |the |all )?(?:explanations?|workings?|steps?|work"
    r"|explaining(?: anything)?)|(?:do not|don't) explain|no (?:words|working)|number only|answer only"
    r"|just the (?:answer|number)|only the (?:final )?(?:answer|number))",
    r"(?:please|thanks|thank you|cheers)(?: very much| so much| in advance| a lot)?|for me|in total|altogether|exactly",
    rf"(?:the |your )?{_ANSWER}|a(?=\s*:)",
    rf"(?:what is|what's|what would be|what will be|tell me|give me|and) (?:the|your) (?:final |end |overall )?"
    r"(?:answer|result|outcome|value|number|total|sum|product|difference|quotient)(?: then| now| be)?"
    rf"(?: (?:do|would|will) {_SOMEONE} {_GET})?",
    rf"what (?:number |value |result |answer |total )?(?:do|would|will|does|did|should|can|have) {_SOMEONE}"
    rf" (?:now )?{_GET}{_NOW}",
    rf"(?:what|which)(?: number| value| result| answer| total)? (?:are|am|is|will|would) {_SOMEONE}(?: be)?"
    rf" (?:now )?(?:left with|at|on|left|looking at){_NOW}",
    rf"where (?:do|does|will|would|did|have|has|are|am) {_SOMEONE} (?:now )?(?:end up|ended up|land|finish(?: up)?"
    rf"|arrive|get to"
    rf"|be|stand|wind up){_NOW}|where (?:does|do|will|would) (?:that|this|it) (?:leave|put|get|take|land|bring)"
    rf" (?:{_SOMEONE}|me|us){_NOW}",
    rf"what (?:does|do|will|would) (?:that|this|it|everything|all that|it all) (?:leave|give|get|make)"
    rf"(?: (?:{_SOMEONE}|me|us))?(?: with)?{_NOW}",
    rf"what (?:comes out|comes of (?:it|that)|pops out|emerges|came out|turns out|results){_NOW}"
    rf"|what (?:number )?(?:comes out|results) (?:at the end|in the end)",
    r"(?:grand |final |new |overall )?(?:total|result|answer|sum|product|difference|quotient|number|value)"
    r"(?: please| pls)?(?: is| =| equals)?",
    r"(?:what(?:'|’)?s|what is|how much is|what was|what would be|what will be) (?:it|that|the total|the result|the"
    r" answer"
    rf"|my (?:answer|total|result)|your (?:answer|total|result)|the grand total|the final (?:total|figure"
    rf"|number)){_NOW}",
    r"(?:pls|plz|thx|ty|tks|ta|tnx|tia|thank u|thanks a bunch|many thanks|much appreciated|appreciate it|if you can"
    r"|if you could|if possible|if you would|if you don't mind|when you(?:'re| are) ready|when you can|quickly|quick"
    r"|real quick"
    r"|right now|asap|mate|buddy|friend|go|just curious|i(?:'m| am) in a hurry|that(?:'s| is) all)",
    r"(?:please )?(?:reply|answer|respond|report|write|give|digits?|numbers?|numerals?)(?: it)?(?: back)?(?: to me)?"
    r"(?: with| in| using| as)?(?: just| only)?(?: the)?(?: digits| numerals| a number| a numeral| number| figures|"
    r" plain digits)"
    r"(?: only| alone| please)?",
    r"(?:just|only)(?: give(?: me)?| tell me| state| write| say)? (?:the |a )?(?:final )?(?:number|answer|digits"
    r"|result|value|figure)"
    r"(?: please| pls| is fine| will do| needed| is needed| is enough| back)?",
    r"no (?:explanation|working|workings|work|steps|need to (?:explain|show (?:your )?(?:work(?:ing)?|steps)))"
    r"(?: needed| required| necessary| please)?",
    r"(?:state|report|name|announce|share|reveal|provide|return|output|print|write(?: down)?|note) (?:the|your)"
    r" (?:final |resulting |new |end )?(?:result|answer|number|total|value|figure|outcome)",
    rf"how (?:much|many) (?:do|would|will|does) {_SOMEONE} {_GET}{_NOW}|where (?:are|am|is|will|would) {_SOMEONE}(?:"
    rf" be)?{_NOW}",
    r"what (?:is it|is that|is this|number is (?:it|that|this)|is left(?: over)?|remains|results|comes out"
    r"|(?:the )?(?:number|value|answer|result|total) (?:results|remains|comes out|is left|is it)|will be left"
    r"|would be left)"
    r"|what's (?:left|it|that|this)(?: over)?|(?:and )?(?:tell me|say) what(?:'s| is) left(?: over)?"
    r"|(?:the |your )?(?:result|answer|total|outcome|number) (?:is|will be|equals|would be) (?:what|how much)"
    r"(?: number)?|(?:and )?tell me (?:what you get|what it is|what that is|what remains)",
    r"what (?:does|do|would|will) (?:it|that|this|they|the result|the answer|it all|that all|all of that)"
    r" (?:come (?:out )?to|equal|make|give|amount to|add up to|be|total)(?: altogether| in total)?",
    r"how much (?:is|does) (?:it|that|this)(?: all)?(?: (?:make|come to|give|equal))?(?: altogether| in total)?"
    r"|how much is left(?: over)?|how (?:much|many) remains?",
    after=r"(?=\s*(?:[.,;:!?\n-]|$|and\b|then\b|before\b))",
)
_TAIL: Final = re.compile(
    r"\s*(?:,?\s*=\s*(?:\?|_+|what\b|\.{3}|…)?"
    rf"|(?:,?\s*{_COMES}(?: equal to| to)?(?: what number| what value| what| how much| how many)?\b(?:\s*(?:_+"
    rf"|\.{{3}}|…))?"
    r"|(?<=\s)(?:what|how much|how many)(?: number| value| total)?\b)?"
    r"(?:,? (?:in total|altogether|all together|exactly|now))?)\s*[?.!:,]*",
    re.IGNORECASE,
)
_JOINT: Final = re.compile(r"(?:[\s.,;:!?]|\n\s*-(?=\s)|(?<=\s)[-–—](?=\s+\w)|and\b|then\b|before\b)*", re.IGNORECASE)
_FIRST_JOINT: Final = re.compile(r"\s*(?:[,.:;!]|-(?=\s+[^\W\d]))\s+(?:and |then )?|\s+(?:and|then) ", re.IGNORECASE)
_WHOLE_ONLY: Final = re.compile(r"\b(?:integer|whole)\b", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"\b(?:(?:the|your) (?:(?:final|resulting|new|end|overall|exact|grand|eventual|closing|one) )*"
    r"(?P<noun>sum|product|difference|quotient)(?= when| if| of (?:adding|subtracting|multiplying|dividing)"
    r"|\s*(?:[?.!,;]|$)| (?:then|now|be|do|would|will|you|we|i)\b)|(?P<left>left|remains?|remaining|remainder))\b",
    re.IGNORECASE,
)
# Behind the expression a noun is what is asked for, also without `the`; before it, `sum` may be any exercise.
_ASKED_NOUN: Final = re.compile(r"\b(?P<noun>sum|product|difference|quotient)s?\b", re.IGNORECASE)
_LED_NOUN: Final = re.compile(r"\b(?P<noun>product|difference|quotient)s?\b", re.IGNORECASE)
_OPERATORS: Final = {"sum": "+", "product": "*", "difference": "-", "quotient": "/"}


def suits(before: str, after: str, expression: Expression) -> bool:
    """Whether the expression is what the question calls it: a sum, a product, what is left."""
    operator = expression.operator if isinstance(expression, Operation) else ""
    named = [match["noun"] or "" for match in _NAMED.finditer(f"{before}\n{after}")]
    named += [match["noun"] for match in (*_LED_NOUN.finditer(before), *_ASKED_NOUN.finditer(after))]
    for noun in map(str.lower, named):
        if noun == "quotient" and not _is_whole(expression):
            return False
        if operator != (_OPERATORS[noun] if noun else "-"):
            return False
    return True


def _is_whole(expression: Expression) -> bool:
    value = evaluate(expression)
    return value is not None and value.denominator == 1


def starts(text: str, at: int = 0) -> set[int]:
    """Every offset at which the expression may begin: after any run of openings."""
    found: set[int] = set()
    first = at + len(text[at:]) - len(text[at:].lstrip())
    waiting = [first]
    while waiting and len(found) < 60:
        at = waiting.pop()
        if at in found:
            continue
        found.add(at)
        for lead in _LEADS:
            match = lead.match(text, at)
            if match is not None and match.end() > at:
                end = match.end()
                while end < len(text) and text[end].isspace():
                    end += 1
                waiting.append(end)
        # A sentence about how to answer may also stand first.
        for how in _HOW if at == first else ():
            match = how.match(text, at)
            joint = _FIRST_JOINT.match(text, match.end()) if match is not None and match.end() > at else None
            # `what is the sum and the product of 3 and 4` asks for two
            is_half = joint is not None and "and" in joint[0] and match and _ASKED_NOUN.search(match[0])
            if joint is not None and not is_half and joint.end() < len(text):
                waiting.append(joint.end())
    return found


def how_to_answer(text: str, at: int) -> bool | None:
    """Whether the rest asks for a whole number; None where it is not all about how to answer."""
    start = at
    while True:
        joint = _JOINT.match(text, at)
        at = joint.end() if joint else at
        if at >= len(text):
            if joint and any(map(str.isalpha, joint[0])):
                return None  # `3 + 4 and`
            return _WHOLE_ONLY.search(text, start) is not None
        ends = [match.end() for match in (how.match(text, at) for how in _HOW) if match is not None]
        if not ends or max(ends) == at:
            return None
        at = max(ends)


def after_closing(text: str, at: int) -> int:
    """The position after `= ?`, `equals what` and the like."""
    match = _TAIL.match(text, at)
    return match.end() if match else at
