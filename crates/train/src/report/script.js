'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const slider = document.getElementById('slider');
  const svg = document.getElementById('scores');
  const cut = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  cut.id = 'cut';
  svg.append(cut);
  const percent = (share) => (Number.isFinite(share) ? (100 * share).toFixed(share < 0.1 ? 2 : 1) + '\u00a0%' : '–');
  const count = (rows) => rows.toLocaleString('en');
  const show = (name, text) => { document.getElementById(name).textContent = text; };
  const update = () => {
    // A threshold that no score reaches is infinite, which JSON cannot say.
    const [threshold, found, wrong] = data.tries[Number(slider.value)];
    const x = data.left + (data.right - data.left) * Math.min(threshold ?? 1, 1);
    for (const [name, value] of [['x1', x], ['x2', x], ['y1', data.top], ['y2', data.bottom]]) cut.setAttribute(name, value);
    show('at', threshold === null ? 'more than any has' : threshold.toFixed(4));
    show('recall', percent(found / data.bad));
    show('rate', percent(wrong / data.ordinary));
    show('precision', percent(found / (found + wrong)));
    show('alerts', count(Math.round(10000 * (found + wrong) / (data.bad + data.ordinary))));
    show('wrong', count(wrong));
    show('missed', count(data.bad - found));
  };
  slider.addEventListener('input', update);
  update();
})();
