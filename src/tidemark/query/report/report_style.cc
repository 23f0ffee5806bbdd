#include "tidemark/query/report/report_assets.h"

// Colours: the Okabe–Ito set, told apart with every common colour vision; on dark ground their
// lighter relatives. Series differ in dash too.
namespace tidemark {

const std::string_view kReportStyle = R"css(
:root{color-scheme:light;--bg:#fbfaf8;--card:#fff;--ink:#1d2126;--soft:#5b6470;--faint:#8d96a1;
--line:#e3e1dc;--grid:#eceae5;--accent:#0b5fa5;--blue:#0072b2;--orange:#d55e00;--green:#00805c;
--purple:#a5538a;--grey:#7b8490;--gap:#c8bfae;--good:#00704f;--bad:#b3440a;--hot:#d55e00;
--cold:#0072b2;--mid:#f4f2ee;--seq:#0b5fa5;--shadow:0 1px 2px #1d21260d,0 4px 16px #1d21260a}
:root[data-theme=dark]{color-scheme:dark;--bg:#12151a;--card:#191d24;--ink:#e6e8eb;--soft:#a3abb6;
--faint:#737d8a;--line:#2b313a;--grid:#242a32;--accent:#7cc0f5;--blue:#56b4e9;--orange:#f0894a;
--green:#3fc79a;--purple:#d79bc4;--grey:#98a2ae;--gap:#4a4437;--good:#4fd0a4;--bad:#f0894a;
--hot:#f0894a;--cold:#56b4e9;--mid:#20252d;--seq:#56b4e9;--shadow:0 1px 2px #0006}
@media(prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;--bg:#12151a;
--card:#191d24;--ink:#e6e8eb;--soft:#a3abb6;--faint:#737d8a;--line:#2b313a;--grid:#242a32;
--accent:#7cc0f5;--blue:#56b4e9;--orange:#f0894a;--green:#3fc79a;--purple:#d79bc4;--grey:#98a2ae;
--gap:#4a4437;--good:#4fd0a4;--bad:#f0894a;--hot:#f0894a;--cold:#56b4e9;--mid:#20252d;
--seq:#56b4e9;--shadow:0 1px 2px #0006}}
*{box-sizing:border-box}
html{scroll-padding-top:4.2rem}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",
Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
.wrap{max-width:1160px;margin:0 auto;padding:0 24px}
header{padding:40px 0 8px}
h1{font-size:2rem;line-height:1.15;letter-spacing:-.02em;margin:0 0 .25rem}
h2{font-size:1.3rem;letter-spacing:-.01em;margin:0 0 .3rem}
h2 .no{color:var(--faint);font-weight:500;margin-right:.5em}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
p{margin:.35rem 0}.soft{color:var(--soft)}.small{font-size:.875rem}
code,pre{font:.86em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--bg);border:1px solid var(--line);border-radius:8px;padding:12px 14px;
overflow:auto;max-height:420px;margin:.5rem 0}
a{color:var(--accent)}
.bar{position:sticky;top:0;z-index:5;background:color-mix(in srgb,var(--bg) 92%,transparent);
backdrop-filter:blur(8px);border-bottom:1px solid var(--line)}
.bar .wrap{display:flex;gap:14px;align-items:center;padding-top:9px;padding-bottom:9px}
.bar nav{display:flex;gap:2px;overflow-x:auto;flex:1;scrollbar-width:none}
.bar nav a{color:var(--soft);text-decoration:none;font-size:.84rem;padding:4px 8px;border-radius:6px;
white-space:nowrap}
.bar nav a:hover,.bar nav a.on{background:var(--grid);color:var(--ink)}
button,select{font:inherit;font-size:.84rem;color:var(--ink);background:var(--card);
border:1px solid var(--line);border-radius:7px;padding:4px 11px;cursor:pointer}
button:hover,select:hover{border-color:var(--faint)}
button[aria-pressed=true]{background:var(--ink);color:var(--bg);border-color:var(--ink)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.tabs{display:flex;gap:6px;flex-wrap:wrap;margin:18px 0 0}
.headline{font-size:1.13rem;line-height:1.6;max-width:62em;margin:1rem 0 1.2rem}
.headline b{font-weight:650}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:14px 0 26px}
.cardlet{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:13px 16px;
box-shadow:var(--shadow)}
.cardlet .k{font-size:.8rem;color:var(--soft)}.cardlet .v{font-size:1.5rem;font-weight:640;
letter-spacing:-.02em;line-height:1.3}.cardlet .d{font-size:.8rem;color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad)}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:22px 24px;
margin:0 0 20px;box-shadow:var(--shadow)}
section>.soft:first-of-type{max-width:64em}
.two{display:grid;grid-template-columns:1fr 1fr;gap:6px 26px}
@media(max-width:900px){.two{grid-template-columns:1fr}.wrap{padding:0 14px}section{padding:16px 14px}}
figure{margin:14px 0 4px;position:relative;min-width:0}
figcaption{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:baseline;font-size:.92rem;
font-weight:600;margin-bottom:2px}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-weight:400;font-size:.84rem;color:var(--soft)}
.legend i{display:inline-block;width:20px;height:0;border-top:2.5px solid var(--c);
vertical-align:middle;margin-right:6px}
.legend i.dash{border-top-style:dashed}.legend i.box{height:10px;border:0;background:var(--c);
border-radius:2px;width:14px}
svg{display:block;width:100%;overflow:visible;touch-action:pan-y}
svg text{fill:var(--soft);font-size:11.5px}
svg .grid{stroke:var(--grid);stroke-width:1}svg .axis{stroke:var(--line)}
svg .ref{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:5 4}
svg .ln{fill:none;stroke:var(--c);stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}
svg .dash{stroke-dasharray:6 4}svg .area{fill:var(--c);opacity:.16;stroke:none}
svg .dot{fill:var(--c);stroke:var(--card);stroke-width:1.2}
svg .err{stroke:var(--c);stroke-width:1.4}
svg .gap{fill:var(--gap);opacity:.42}svg .outage{fill:var(--hot);opacity:.2}
svg .sus{fill:none;stroke:var(--purple);stroke-width:1.6}
svg .cross{stroke:var(--faint);stroke-width:1;pointer-events:none}
svg .brush{fill:var(--accent);opacity:.14}
.m0{--c:var(--blue)}.m1{--c:var(--orange)}.m2{--c:var(--green)}.m3{--c:var(--purple)}.mx{--c:var(--grey)}
.ink{--c:var(--ink)}
.tip{position:absolute;z-index:4;pointer-events:none;background:var(--ink);color:var(--bg);
border-radius:8px;padding:7px 10px;font-size:.8rem;line-height:1.45;white-space:nowrap;opacity:0;
transition:opacity .08s;max-width:340px}
.tip.on{opacity:1}.tip b{font-weight:650}
.tools{display:flex;flex-wrap:wrap;gap:6px;align-items:center;margin:10px 0 2px;font-size:.84rem}
.scroll{overflow:auto;max-height:440px;border:1px solid var(--line);border-radius:10px;margin:.5rem 0}
table{border-collapse:collapse;width:100%;font-size:.84rem}
th,td{padding:6px 10px;text-align:left;border-bottom:1px solid var(--line);white-space:nowrap}
th{position:sticky;top:0;background:var(--card);font-weight:600;color:var(--soft);z-index:1}
td.r,th.r{text-align:right}tr:last-child td{border-bottom:0}tbody tr:hover td{background:var(--bg)}
td.wide{white-space:normal;min-width:15em;overflow-wrap:anywhere}
td code{overflow-wrap:anywhere}
.under{display:flex;gap:8px;align-items:center;font-size:.8rem;color:var(--soft);margin:2px 0 8px}
.under button{font-size:.78rem;padding:2px 9px}
details{font-size:.86rem;margin:2px 0 6px}summary{cursor:pointer;color:var(--soft)}
.empty{border:1px dashed var(--line);border-radius:10px;padding:14px 16px;color:var(--soft);
margin:.7rem 0}
.flag{display:inline-block;border-radius:5px;padding:0 7px;font-size:.78rem;font-weight:600;
border:1px solid currentColor}
footer{color:var(--soft);font-size:.84rem;padding:6px 0 44px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media print{:root,:root[data-theme=dark]{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;
--grid:#eee;--mid:#f4f2ee;--blue:#0072b2;--orange:#d55e00;--green:#00805c}
.bar,.tools button,.under button,.tabs,.tip,details{display:none!important}section{break-inside:auto;
box-shadow:none}figure,tr,.cardlet{break-inside:avoid}.scroll{max-height:none;overflow:visible}
body{font-size:11pt}}
)css";

}  // namespace tidemark
