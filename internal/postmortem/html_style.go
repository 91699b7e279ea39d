package postmortem

// pageStyle is the look of the page, light and dark. No font, image or script is loaded.
const pageStyle = `
:root{--bg:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#5b6878;--line:#dde2e9;--log:#fbfcfd;--mark:#ffe9a8;--shadow:0 1px 2px rgba(20,30,50,.06);
--init:#9aa8ba;--run:#2f9e63;--stop:#8e7cc3;--wait:#e09b1a;--held:#c2410c;--bad:#d03238;--done:#5b8def;--idle:#c9d1db;--signal:#2563c9;--head:#8f1d22;--headink:#fff;--well:#1f6f4a}
@media(prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2029;--ink:#e4e9f0;--soft:#97a4b5;--line:#2b3441;--log:#151a21;--mark:#5c4a12;--shadow:none;
--init:#6b7a8d;--run:#35b274;--stop:#9d8bd6;--wait:#e6a93a;--held:#ea6a2e;--bad:#ee5a60;--done:#6f9cf5;--idle:#3a4553;--signal:#7aa8ff;--head:#5c1519;--well:#16472f}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.wide,main{max-width:1160px;margin:0 auto;padding:0 24px}
header{color:var(--headink);padding:28px 0 24px;background:var(--well)}
header.failed{background:var(--head)}
.kicker{margin:0 0 6px;opacity:.85}
h1{margin:0;font-size:25px;line-height:1.3;font-weight:650;overflow-wrap:anywhere}
.details{margin:14px 0 0;padding:10px 14px;background:rgba(0,0,0,.22);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
.try{margin:14px 0 0}.try b{background:rgba(255,255,255,.2);border-radius:4px;padding:1px 8px;margin-right:6px}
.evidence{margin:10px 0 0;opacity:.75;font-size:13px}
main{padding-top:24px}
section{margin:0 0 20px}
section>details,.card{background:var(--card);border:1px solid var(--line);border-radius:8px;box-shadow:var(--shadow);padding:14px 18px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(245px,1fr));gap:16px}
summary{cursor:pointer;list-style-position:inside}
summary h2{display:inline;font-size:17px;margin:0}
h3{font-size:14px;margin:0 0 8px;color:var(--soft);font-weight:600;text-transform:none}
details h3{margin-top:14px}
.count{color:var(--soft);font-size:13px;margin-left:10px;font-weight:400}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 14px;margin:0}
dt{color:var(--soft);font-size:13.5px}dd{margin:0;overflow-wrap:anywhere}
details dl{margin-top:12px}
pre,code,dd,td{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
pre{margin:0;font-size:12.5px;line-height:1.45}
pre.log{background:var(--log);border:1px solid var(--line);border-radius:6px;padding:12px 14px;overflow:auto;max-height:520px;white-space:pre-wrap;overflow-wrap:anywhere;margin-top:8px}
mark{background:var(--mark);color:inherit;border-radius:3px;padding:1px 2px}
.probe{margin:0 0 6px;overflow-wrap:anywhere}
.notes p{margin:0 0 6px;color:var(--soft);padding-left:12px;border-left:3px solid var(--line)}
.scroll{overflow-x:auto;margin-top:12px}
table{border-collapse:collapse;width:100%}
th{text-align:left;color:var(--soft);font-weight:600;font-size:13px}
th,td{padding:5px 14px 5px 8px;border-bottom:1px solid var(--line);vertical-align:top}
td{overflow-wrap:anywhere}tbody tr:last-child td{border-bottom:0}
.branch{color:var(--soft)}
tr.orphan td{color:var(--held)}
.state{display:inline-block;border-radius:10px;padding:0 10px;color:#fff;background:var(--idle)}
.chart{display:block;width:100%;min-width:760px;height:auto}
.chart text{fill:var(--ink);font-size:12px;font-family:inherit}
.chart .name{text-anchor:end;font-weight:600}
.chart .tick{fill:var(--soft);font-size:11px}
.chart .grid{stroke:var(--line);stroke-width:1}
.chart .mark{text-anchor:middle;font-size:16px;font-weight:700;stroke:var(--card);stroke-width:3px;paint-order:stroke}
rect.init{fill:var(--init)}rect.run{fill:var(--run)}rect.stop{fill:var(--stop)}rect.wait{fill:var(--wait)}rect.held{fill:var(--held)}rect.bad{fill:var(--bad)}rect.done{fill:var(--done)}rect.idle{fill:var(--idle)}
.state.init,.legend i.init{background:var(--init)}.state.run,.legend i.run{background:var(--run)}.state.stop,.legend i.stop{background:var(--stop)}.state.wait,.legend i.wait{background:var(--wait)}
.state.held,.legend i.held{background:var(--held)}.state.bad,.legend i.bad{background:var(--bad)}.state.done,.legend i.done{background:var(--done)}
.chart .mark.bad{fill:var(--bad)}.chart .mark.wait{fill:var(--wait)}.chart .mark.signal{fill:var(--signal)}
.usage{display:grid;grid-template-columns:110px 1fr 1fr;gap:6px 18px;margin-top:14px;align-items:center}.usage h3{margin:0;color:var(--ink);text-align:right}
.usage figure{margin:0}.usage svg{display:block;width:100%;height:74px;border-bottom:1px solid var(--line)}.usage figcaption{color:var(--soft);font-size:12.5px;margin-top:3px}
.area{fill:var(--done);opacity:.18}.curve{fill:none;stroke:var(--done);stroke-width:1.5;vector-effect:non-scaling-stroke}
.legend{margin:10px 0 0;color:var(--soft);font-size:13px;display:flex;flex-wrap:wrap;gap:4px 15px}
.legend i{display:inline-block;width:14px;height:10px;border-radius:3px;margin-right:6px}
.legend b{margin-right:6px}.legend b.bad{color:var(--bad)}.legend b.wait{color:var(--wait)}.legend b.signal{color:var(--signal)}
.aside{margin-left:auto;opacity:.8}
footer{color:var(--soft);font-size:13px;padding-top:8px!important;padding-bottom:32px!important}
@media print{details:not([open])>*{display:none}header{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
@media(max-width:700px){.wide,main{padding-left:14px;padding-right:14px}h1{font-size:20px}}
`
