#include "tidemark/query/report/report_assets.h"

namespace tidemark {

const std::string_view kReportBody = R"html(
<div class="bar"><div class="wrap"><nav aria-label="Sections"></nav>
<button id="theme" type="button" aria-label="Light or dark">Dark</button></div></div>
<main class="wrap">
<header><h1 id="title"></h1><p class="soft small" id="where"></p>
<div class="tabs" role="group" aria-label="Series" id="tabs"></div>
<p class="headline" id="headline" aria-live="polite"></p><div class="cards" id="cards"></div></header>
<noscript><p>The charts of this page are drawn by its own script; nothing is loaded from anywhere.</p></noscript>
<section id="price"><h2><span class="no">1</span>Price and forecasts</h2>
<p class="soft small">Close, the range between lowest and highest price, and in the last seven days the
forecasts with their 90 % interval, each drawn at the time it speaks about. Drag to zoom, double-click to
go back; with the keyboard: arrows move, + and − zoom, 0 shows all.</p><div class="body"></div></section>
<section id="errors"><h2><span class="no">2</span>Error beside persistence</h2>
<p class="soft small">Persistence says “the price stays”. Below 1 a model errs less than that, above 1 more.
Bands are 95 %, from sums per day, so that overlapping targets do not look like more evidence than they are.</p><div class="body"></div></section>
<section id="cumulative"><h2><span class="no">3</span>Loss saved since the beginning</h2>
<p class="soft small">Absolute error of persistence less that of the model, added up over all forecasts, in
log-return points. A line that rises all along is skill; one jump is luck or a data fault.</p><div class="body"></div></section>
<section id="deciles"><h2><span class="no">4</span>Predicted against actual</h2>
<p class="soft small">Forecasts sorted into ten equal groups by predicted return: the mean return that
followed each. On the diagonal, predictions mean what they say.</p><div class="body"></div></section>
<section id="ic"><h2><span class="no">5</span>Rank correlation</h2>
<p class="soft small">Spearman’s correlation of prediction and outcome, by month and by hour of day (UTC).</p><div class="body"></div></section>
<section id="coverage"><h2><span class="no">6</span>Do the intervals hold?</h2>
<p class="soft small">Share of outcomes inside the 90 % interval; it should stay near the dashed line.</p><div class="body"></div></section>
<section id="models"><h2><span class="no">7</span>What the models learnt</h2>
<p class="soft small">Coefficients of the linear model and split gains of the tree over the monthly refits.
A colour that flips from refit to refit is noise.</p><div class="body"></div></section>
<section id="null"><h2><span class="no">8</span>Null market and controls</h2>
<p class="soft small">The same pipeline on markets that cannot be predicted must find nothing, and on one
with planted momentum must find it.</p><div class="body"></div></section>
<section id="study"><h2><span class="no">9</span>The original study beside it</h2>
<p class="soft small">Random splits and R² on price levels flatter every model; the same models split by time and
scored on returns.</p><div class="body"></div></section>
<section id="hours"><h2><span class="no">10</span>Where rows are missing</h2>
<p class="soft small">Share of each hour’s minutes that have a row, by month. Quiet hours are pale, outages paler.</p><div class="body"></div></section>
<section id="ledger"><h2><span class="no">11</span>Ledger, rejects, revisions</h2>
<p class="soft small">Every row read is new, revised, a duplicate, a placeholder without values, or rejected: the sums are exact.</p><div class="body"></div></section>
<section id="origin"><h2><span class="no">12</span>How this page came to be</h2>
<div class="body"></div></section>
<footer id="footer"></footer></main>
<div class="sr" aria-live="polite" id="live"></div>
)html";

}  // namespace tidemark
