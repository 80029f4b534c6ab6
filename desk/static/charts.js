/* Draws each chart from the table beside it. No words of its own: every text comes from the table. */
"use strict";
(() => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const MOST = 10;
  const NARROW = 480; // px
  const drawn = [];

  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const theme = () => ({
    text: css("--text"), soft: css("--soft"), grid: css("--c-grid"), card: css("--card"), track: css("--c-track"),
    one: css("--c-1"), two: css("--c-2"), scores: [1, 2, 3, 4, 5].map((n) => css("--s-" + n)),
  });
  const font = getComputedStyle(document.body).fontFamily;

  /* Columns marked data-drawn, with the text and the number of each cell. */
  function read(table) {
    const heads = [...table.tHead.rows[0].cells];
    const places = heads.map((head, place) => (head.hasAttribute("data-drawn") ? place : -1)).filter((place) => place > 0);
    const cell = (row, place) => {
      const one = row.cells[place];
      return { text: one.textContent.trim(), value: one.dataset.v === undefined ? null : Number(one.dataset.v) };
    };
    const rows = [...table.tBodies[0].rows];
    if (table.dataset.order === "newest") rows.reverse();
    return {
      labels: rows.map((row) => row.cells[0].textContent.trim()),
      series: places.map((place) => ({ name: heads[place].textContent.trim(), cells: rows.map((row) => cell(row, place)) })),
    };
  }

  const percent = (value) => Math.round(value * 100) + "%";
  /* How wide a text is, in characters as wide as they are high: two Latin letters are about one. */
  const width = (text) => [...text].reduce((sum, one) => sum + (one.codePointAt(0) < 0x2e80 ? 0.55 : 1), 0);
  function short(text, most) {
    if (width(text) <= most) return text;
    let kept = text;
    while (width(kept) > most - 1) kept = kept.slice(0, -1);
    return kept.trimEnd() + "…";
  }

  function base(t) {
    return {
      animation: !still.matches, animationDuration: 350, textStyle: { fontFamily: font, fontSize: 13, color: t.text },
      grid: { left: 4, right: 16, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: t.card, borderColor: t.grid, textStyle: { color: t.text, fontSize: 13 },
        axisPointer: { type: "shadow", shadowStyle: { color: t.track, opacity: 0.5 } },
      },
    };
  }
  const names = (t, labels, more) => ({
    type: "category", data: labels, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: t.text, fontSize: 13, interval: 0 }, ...more,
  });
  const times = (t, labels) => ({
    type: "category", data: labels, axisLine: { lineStyle: { color: t.grid } }, axisTick: { show: false }, axisLabel: { color: t.soft, fontSize: 12, hideOverlap: true },
  });
  const values = (t, more) => ({ type: "value", splitLine: { lineStyle: { color: t.grid } }, axisLabel: { color: t.soft, fontSize: 12 }, ...more });
  const legend = (t) => ({ left: 0, top: 0, itemWidth: 14, itemHeight: 10, textStyle: { color: t.text, fontSize: 13 }, selectedMode: false });
  const hidden = { type: "value", show: false };
  const told = (data, series) => (found) => {
    const all = Array.isArray(found) ? found : [found];
    const at = all[0].dataIndex;
    return [data.labels[at], ...series.map((one) => one.name + "  " + one.cells[at].text)].join("\n");
  };

  /* From where to where an axis goes, so that the words left and right of its dots have their place. */
  function room(all, ticks, data, wide) {
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const words = data.series.flatMap((one) => one.cells.map((cell) => width(cell.text)));
    const names = wide < NARROW ? 0 : 13 * Math.max(...data.labels.map(width));
    const share = Math.min(0.38, (12 * Math.max(...words) + 22) / Math.max(wide - names - 40, 1));
    const margin = (Math.max(most - least, 0.5) * share) / (1 - 2 * share);
    return [Math.min(least - margin, ...ticks.map((at) => at - 0.1)), Math.max(most + margin, ...ticks.map((at) => at + 0.1))];
  }

  const kinds = {
    /* A share over time, from nothing to all. */
    trend(data, t) {
      const cells = data.series[0].cells;
      const known = cells.map((cell) => cell.value).filter((value) => value !== null);
      const least = known.length ? Math.min(...known) : 0;
      const last = cells.reduce((found, cell, place) => (cell.value === null ? found : place), -1);
      const lowest = cells.findIndex((cell) => cell.value === least);
      const named = (place) => place === last || place === lowest;
      return {
        ...base(t),
        grid: { left: 4, right: 44, top: 24, bottom: 4, containLabel: true },
        tooltip: { ...base(t).tooltip, axisPointer: { type: "line", lineStyle: { color: t.soft } }, formatter: told(data, data.series) },
        xAxis: times(t, data.labels),
        yAxis: values(t, { min: 0, max: 1, interval: 0.25, axisLabel: { color: t.soft, fontSize: 12, formatter: percent } }),
        series: [{
          type: "line", lineStyle: { width: 2.5, color: t.one }, itemStyle: { color: t.one }, symbol: "circle", showAllSymbol: true, labelLayout: { hideOverlap: false },
          data: cells.map((cell, place) => ({
            value: cell.value, symbolSize: named(place) ? 8 : 4,
            label: { show: named(place), formatter: cell.text, position: place === last ? "right" : "bottom", color: t.text, fontWeight: 600 },
          })),
        }],
      };
    },

    shares(data, t) {
      const cells = data.series[0].cells;
      return {
        ...base(t), grid: { left: 4, right: 60, top: 4, bottom: 4, containLabel: true },
        tooltip: { ...base(t).tooltip, formatter: told(data, data.series) },
        xAxis: { ...hidden, min: 0, max: 1 }, yAxis: names(t, data.labels, { inverse: true }),
        series: [{
          type: "bar", barWidth: 14, itemStyle: { color: t.one },
          data: cells.map((cell) => ({ value: cell.value, label: { show: true, position: "right", distance: 8, formatter: cell.text, color: t.text } })),
        }],
      };
    },

    bars(data, t) {
      const cells = data.series[0].cells;
      const whole = cells.reduce((sum, cell) => sum + (cell.value || 0), 0);
      const said = (cell) => cell.text + (whole ? "   " + percent((cell.value || 0) / whole) : "");
      return {
        ...base(t), grid: { left: 4, right: 96, top: 4, bottom: 4, containLabel: true },
        tooltip: { ...base(t).tooltip, formatter: told(data, data.series) },
        xAxis: { ...hidden, min: 0 }, yAxis: names(t, data.labels, { inverse: true }),
        series: [{
          type: "bar", barWidth: 14, itemStyle: { color: t.one },
          data: cells.map((cell) => ({ value: cell.value, label: { show: true, position: "right", distance: 8, formatter: said(cell), color: t.text } })),
        }],
      };
    },

    columns(data, t) {
      const looks = [{ color: t.one }, { color: t.two, borderColor: t.one, borderWidth: 1 }, { color: t.track, borderColor: t.soft, borderWidth: 1 }];
      return {
        ...base(t), grid: { left: 4, right: 12, top: 34, bottom: 4, containLabel: true },
        legend: legend(t),
        tooltip: { ...base(t).tooltip, formatter: told(data, data.series) },
        xAxis: times(t, data.labels), yAxis: values(t, { minInterval: 1 }),
        series: data.series.map((one, place) => ({
          name: one.name, type: "bar", stack: "all", barMaxWidth: 22, itemStyle: looks[place % looks.length], data: one.cells.map((cell) => cell.value),
        })),
      };
    },

    /* Bars and their running share on one scale: the line begins where the greatest bar ends. */
    pareto(data, t, box) {
      const [count, running] = data.series;
      const whole = count.cells.reduce((sum, cell) => sum + (cell.value || 0), 0) || 1;
      const some = (list) => list.slice(0, MOST);
      const narrow = box.clientWidth < NARROW;
      const labels = some(data.labels).map((label, place) => short(label, narrow ? 9 : 14) + "  " + count.cells[place].text);
      return {
        ...base(t), grid: { left: 4, right: 48, top: 4, bottom: 22, containLabel: true },
        tooltip: { ...base(t).tooltip, formatter: told(data, data.series) },
        xAxis: values(t, { min: 0, max: 1, interval: narrow ? 0.5 : 0.2, axisLabel: { color: t.soft, fontSize: 12, formatter: percent } }),
        yAxis: names(t, labels, { inverse: true }),
        series: [
          { type: "bar", barWidth: 14, itemStyle: { color: t.one }, data: some(count.cells).map((cell) => (cell.value || 0) / whole) },
          {
            type: "line", symbol: "circle", symbolSize: 7, lineStyle: { width: 1.5, color: t.soft }, itemStyle: { color: t.card, borderColor: t.soft, borderWidth: 2 },
            data: some(running.cells).map((cell) => ({ value: cell.value, label: { show: true, position: "right", formatter: cell.text, color: t.soft, fontSize: 12 } })),
          },
        ],
      };
    },

    /* From the median to the ninth decile, its words on both sides, by the logarithm of the time. */
    ranges(data, t, box) {
      const ticks = JSON.parse(box.dataset.ticks);
      const [half, most] = data.series;
      const narrow = box.clientWidth < NARROW;
      /* On a phone the name of a row stands above its line, and takes no width from it. */
      const over = narrow ? { inside: true, margin: 0, align: "left", verticalAlign: "bottom", padding: [0, 0, 11, 0] } : {};
      const log = (value) => Math.log10(Math.max(value, 1));
      const all = [...half.cells, ...most.cells].filter((cell) => cell.value !== null).map((cell) => log(cell.value));
      const shown = ticks.filter(([at]) => all.length && log(at) >= Math.min(...all) - 0.9 && log(at) <= Math.max(...all) + 0.9);
      const [low, high] = room(all, narrow ? [] : shown.map(([at]) => log(at)), data, box.clientWidth);
      const inside = shown.map(([at]) => log(at)).filter((at) => at > low && at < high);
      const marked = narrow ? inside.filter((_, place) => place % 2 === 0) : inside;
      const dots = (one, position, look, size) => ({
        name: one.name, type: "scatter", symbol: "circle", symbolSize: size, itemStyle: look, z: 3,
        data: one.cells.map((cell, place) => ({
          value: [cell.value === null ? null : log(cell.value), place],
          label: { show: true, position, distance: 7, formatter: cell.text, color: t.text, fontSize: 12 },
        })).filter((point) => point.value[0] !== null),
      });
      const spans = half.cells.map((cell, place) => [cell, most.cells[place], place])
        .filter(([from, to]) => from.value !== null && to.value !== null)
        .map(([from, to, place]) => [{ coord: [log(from.value), place], symbol: "none" }, { coord: [log(to.value), place], symbol: "none" }]);
      return {
        ...base(t), grid: { left: 4, right: 24, top: 30, bottom: 22, containLabel: true }, legend: legend(t),
        tooltip: { ...base(t).tooltip, trigger: "item", formatter: (found) => {
          const place = found.value[1];
          return [data.labels[place], half.name + "  " + half.cells[place].text, most.name + "  " + most.cells[place].text].join("\n");
        } },
        xAxis: { type: "value", min: low, max: high, splitLine: { show: false }, axisTick: { show: false }, axisLine: { show: false },
          axisLabel: { color: t.soft, fontSize: 12, customValues: marked,
            formatter: (value) => (shown.find(([at]) => Math.abs(log(at) - value) < 1e-6) || ["", ""])[1] } },
        yAxis: names(t, data.labels, { inverse: true, axisLabel: { color: t.text, fontSize: 13, interval: 0, ...over } }),
        series: [
          { ...dots(half, "left", { color: t.one }, 10),
            markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, lineStyle: { color: t.one, width: 3, type: "solid" }, data: spans } },
          { ...dots(most, "right", { color: t.card, borderColor: t.one, borderWidth: 2.5 }, 10) },
        ],
      };
    },

    /* Each question alone: how the answers divide, the lowest score the darkest. */
    scores(data, t) {
      const wholes = data.labels.map((_, place) => data.series.reduce((sum, one) => sum + (one.cells[place].value || 0), 0));
      return {
        ...base(t), grid: { left: 4, right: 12, top: 34, bottom: 4, containLabel: true },
        legend: legend(t),
        tooltip: { ...base(t).tooltip, formatter: told(data, data.series) },
        xAxis: { ...hidden, min: 0, max: 1 }, yAxis: names(t, data.labels, { inverse: true }),
        series: data.series.map((one, score) => ({
          name: one.name, type: "bar", stack: "all", barWidth: 22, itemStyle: { color: t.scores[score], borderColor: t.card, borderWidth: 1 },
          data: one.cells.map((cell, place) => {
            const share = wholes[place] ? (cell.value || 0) / wholes[place] : 0;
            const ink = score < 2 ? t.card : t.text;
            return { value: share, label: { show: share >= 0.05, position: "inside", formatter: percent(share), color: ink, fontSize: 12 } };
          }),
        })),
      };
    },
  };

  function draw(box) {
    const chart = echarts.init(box, null, { renderer: "canvas" });
    const paint = () => chart.setOption(kinds[box.dataset.chart](read(document.getElementById(box.dataset.from)), theme(), box), true);
    let wide = box.clientWidth;
    paint();
    drawn.push(paint);
    new ResizeObserver(() => {
      chart.resize();
      if (box.clientWidth !== wide) paint();
      wide = box.clientWidth;
    }).observe(box);
  }

  if (!window.echarts) return;
  document.querySelectorAll(".chart[data-chart]").forEach(draw);
  for (const watched of [dark, still]) watched.addEventListener("change", () => drawn.forEach((paint) => paint()));
})();
