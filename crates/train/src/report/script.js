'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const slider = document.getElementById('slider');
  const svg = document.getElementById('scores');
  const cut = document.createElementNS('http://www.w3.org/2000/svg', 'line');
  cut.id = 'cut';
  svg.append(cut);
  const total = data.histogram.reduce((sum, [no, yes]) => [sum[0] + no, sum[1] + yes], [0, 0]);
  const percent = (share) => (Number.isFinite(share) ? (100 * share).toFixed(share < 0.1 ? 2 : 1) + ' %' : '–');
  const show = (name, text) => { document.getElementById(name).textContent = text; };
  const update = () => {
    const from = Number(slider.value);
    let wrong = 0, found = 0;
    for (let bin = from; bin < data.histogram.length; bin += 1) {
      wrong += data.histogram[bin][0];
      found += data.histogram[bin][1];
    }
    const x = data.left + (data.right - data.left) * from / 100;
    for (const [name, value] of [['x1', x], ['x2', x], ['y1', data.top], ['y2', data.bottom]]) cut.setAttribute(name, value);
    show('at', (from / 100).toFixed(2));
    show('recall', percent(found / total[1]));
    show('rate', percent(wrong / total[0]));
    show('precision', percent(found / (found + wrong)));
    show('alerts', (10000 * (found + wrong) / (total[0] + total[1])).toFixed(0));
    show('wrong', wrong.toLocaleString('en'));
    show('missed', (total[1] - found).toLocaleString('en'));
  };
  slider.addEventListener('input', update);
  update();
})();
