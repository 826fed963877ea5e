// The style sheet of the HTML report; the web page adds its own to it. Light, dark and paper out of the same variables.
export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#22242a;--soft:#5b606b;--line:#e3e0da;--quiet:#f3f1ec;
--accent:#1f5fae;--bad:#b3261e;--bad-bg:#fcecea;--warn:#8a5a00;--warn-bg:#fdf3df;--good:#23703f;--mark:#fff3c9;--info:#1f5fae;
--mono:ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif}
@media(prefers-color-scheme:dark){:root{--bg:#16181c;--card:#1d2025;--ink:#e4e5e8;--soft:#a3a8b3;--line:#33373f;--quiet:#24282e;
--accent:#8ab8f5;--bad:#ff8f85;--bad-bg:#3a2220;--warn:#efbf6a;--warn-bg:#372c18;--good:#7fcf9b;--mark:#463c17;--info:#8ab8f5}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 var(--sans);-webkit-text-size-adjust:100%}
.report{max-width:46rem;margin:0 auto;padding:2rem 1.25rem 4rem;overflow-wrap:anywhere}
.report h1{font-size:1.65rem;line-height:1.25;letter-spacing:-.01em;margin:.2rem 0 .6rem;text-wrap:balance}
.report h2{font-size:1.15rem;line-height:1.3;margin:2.4rem 0 .7rem}
.report h3,.report .verdict h2{font-size:1rem;margin:1.5rem 0 .5rem}
.report p{margin:.6rem 0}
.report a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:2px}
.report code,.report pre,.log,.id,.ln{font-family:var(--mono);font-size:.86em}
.report code{background:var(--quiet);padding:.08em .3em;border-radius:4px;overflow-wrap:anywhere;-webkit-box-decoration-break:clone;box-decoration-break:clone}
.report li.muted code,.report li>p>code:only-child{background:none;padding:0}
.badges{display:flex;flex-wrap:wrap;gap:.3rem .8rem;align-items:baseline;color:var(--soft)}
.badges code{background:none;padding:0}
.badge{font-weight:600;font-size:.82rem;padding:.1rem .6rem;border-radius:99px;background:var(--warn-bg);color:var(--warn)}
.badge.likely{background:var(--bad-bg);color:var(--bad)}
.badge.remote{background:var(--quiet);color:var(--soft)}
.report .muted,.aside{color:var(--soft)}
.aside{font-size:.88rem}
p.good{color:var(--good)}p.warn{color:var(--warn)}
.report ul,.report ol{margin:.6rem 0;padding-left:1.4rem}
.report li{margin:.35rem 0;padding-left:.15rem}
.report li.bad::marker{color:var(--bad)}.report li.warn::marker{color:var(--warn)}.report li.good::marker{color:var(--good)}
.report li>p{margin:.25rem 0}
.fixes>ol>li{margin:1.1rem 0}
.fixes>ol>li::marker{font-weight:700}
.id{color:var(--soft)}
.log{width:100%;border-collapse:collapse;margin:.5rem 0;background:var(--quiet);border-radius:6px;line-height:1.5;overflow:hidden}
.log th{font-weight:400;color:var(--soft);text-align:right;vertical-align:top;white-space:nowrap;padding:.12rem .7rem .12rem .7rem;width:1%}
.log td{padding:.12rem .7rem .12rem 0;white-space:pre-wrap;overflow-wrap:anywhere}
.log tr:first-child>*{padding-top:.4rem}.log tr:last-child>*{padding-bottom:.4rem}
.log tr.mark{background:var(--mark)}
.log tr:only-child.mark{background:none}
.log tr:target{outline:2px solid var(--accent);outline-offset:-2px}
.report pre{background:var(--quiet);border-radius:6px;padding:.6rem .8rem;margin:.5rem 0;overflow-x:auto;line-height:1.5}
.report pre code{background:none;padding:0;font-size:1em;white-space:pre}
.report pre.console code{white-space:pre-wrap}
.report pre .said{display:inline-block;padding-left:2ch;text-indent:-2ch;color:var(--soft)}
.wide{overflow-x:auto}
.facts,.events{border-collapse:collapse;width:100%;font-size:.92rem}
.facts th,.facts td,.events th,.events td{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line)}
.facts tbody th{font-weight:400;color:var(--soft);white-space:nowrap}
.facts thead th,.events thead th{font-weight:600;font-size:.82rem;color:var(--soft)}
section:not(.findings) .facts thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.events td:last-child code{white-space:nowrap}
.time{white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft)}
figure{margin:0}
svg.chain,svg.timeline{display:block;width:100%;max-width:36rem;height:auto;margin:.4rem 0}
svg text{font-family:var(--sans);fill:var(--ink)}
svg .title{font-size:14px}svg .title.verdict{font-weight:650}
svg .small,svg .reason{font-size:12px;fill:var(--soft)}svg .reason{font-style:italic}
svg .lane{font-size:13px;font-family:var(--mono)}
svg .box{fill:var(--card);stroke:var(--line);stroke-width:1.2}
svg .box.verdict{stroke:var(--bad);stroke-width:2;fill:var(--bad-bg)}
svg .arrow{fill:none;stroke:var(--soft);stroke-width:1.4}svg .head{fill:var(--soft)}
svg .rail{stroke:var(--line);stroke-width:1.5}
svg .event{stroke:var(--bg);stroke-width:1.5;fill:var(--info)}
svg .event.bad{fill:var(--bad)}svg .event.warn{fill:var(--warn)}svg .event.good{fill:var(--good)}
.dot{display:inline-block;width:.6em;height:.6em;border-radius:50%;background:var(--info);margin-right:.2em}
.dot.bad{background:var(--bad)}.dot.warn{background:var(--warn)}
summary{cursor:pointer}summary h2{display:inline;margin-left:.2rem}
details{margin:1.6rem 0}
.footer{border-top:1px solid var(--line);margin-top:2rem;font-size:.88rem}
.footer~.footer{border:0;margin-top:0}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
@media(max-width:34rem){.log th{display:none}.log td{padding-left:.7rem}.report{padding:1.2rem 1rem 3rem}}
@media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--quiet:#f4f4f4;--mark:#eee;--bad-bg:#fff;--bad:#900}
body{font-size:10.5pt}.report{max-width:none;padding:0}.log,pre,svg,tr{break-inside:avoid}h2,h3{break-after:avoid}
.report pre{white-space:pre-wrap}.report pre code{white-space:pre-wrap}details:not([open])>*{display:block}}
`;
