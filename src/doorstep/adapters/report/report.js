"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // Money and time, written as the page's own texts are.
  const { before, exponent } = data.money;
  const money = (cents) => {
    const digits = (Math.abs(cents) / 10 ** exponent).toLocaleString("en", { minimumFractionDigits: exponent, maximumFractionDigits: exponent });
    return (cents < 0 ? "\u2212" : "") + before + digits;
  };
  const clock = (s) => `${String(Math.floor(s / 3600)).padStart(2, "0")}:${String(Math.floor(s / 60) % 60).padStart(2, "0")}`;
  const sum = (parts) => Object.values(parts).reduce((a, b) => a + b, 0);

  // One tooltip for everything: hover, focus or tap opens it, Escape or a tap elsewhere closes it.
  const tip = $("#tip");
  let owner = null;
  let leaving = 0;
  const hide = () => {
    clearTimeout(leaving);
    tip.hidden = true;
    if (owner) owner.classList.remove("open");
    owner = null;
  };
  const place = (box) => {
    const gap = 8;
    const wide = document.documentElement.clientWidth;
    tip.style.left = "0px";
    tip.style.top = "0px";
    const size = tip.getBoundingClientRect();
    const left = Math.min(Math.max(gap, box.left + box.width / 2 - size.width / 2), wide - size.width - gap);
    const above = box.top - size.height - gap;
    const top = box.bottom + gap + size.height < innerHeight || above < 0 ? box.bottom + gap : above;
    tip.style.left = `${left + scrollX}px`;
    tip.style.top = `${top + scrollY}px`;
  };
  const show = (content, box, by) => {
    hide();
    tip.replaceChildren(...content);
    tip.hidden = false;
    owner = by;
    by.classList.add("open");
    place(box);
  };
  const explain = (figure) => {
    const behind = document.getElementById(figure.getAttribute("aria-describedby"));
    const boxes = figure.getClientRects();
    show([...behind.cloneNode(true).childNodes], boxes[boxes.length - 1], figure);
  };
  const later = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => { if (!(owner && owner === document.activeElement)) hide(); }, 180);
  };
  for (const figure of all(".fig")) {
    figure.addEventListener("pointerenter", (e) => { if (e.pointerType === "mouse") { clearTimeout(leaving); explain(figure); } });
    figure.addEventListener("pointerleave", (e) => { if (e.pointerType === "mouse") later(); });
    figure.addEventListener("focus", () => explain(figure));
    figure.addEventListener("blur", hide);
    figure.addEventListener("click", () => { if (owner !== figure) explain(figure); });
    figure.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" && e.key !== " ") return;
      e.preventDefault();
      if (owner === figure) hide(); else explain(figure);
    });
  }
  tip.addEventListener("pointerenter", () => clearTimeout(leaving));
  tip.addEventListener("pointerleave", later);
  addEventListener("keydown", (e) => { if (e.key === "Escape") hide(); });
  document.addEventListener("pointerdown", (e) => { if (owner && !tip.contains(e.target) && !owner.contains(e.target)) hide(); });
  addEventListener("resize", hide);

  // Lines come as a first point and steps.
  const points = (flat) => {
    const line = [];
    let x = 0, y = 0;
    for (let k = 0; k < flat.length; k += 2) line.push([(x += flat[k]), (y += flat[k + 1])]);
    return line;
  };
  const pathOf = (lines) => {
    const path = new Path2D();
    for (const line of lines) line.forEach(([x, y], k) => (k ? path.lineTo(x, y) : path.moveTo(x, y)));
    return path;
  };
  const ground = Object.fromEntries(Object.entries(data.map.ground).map(([name, lines]) => [name, pathOf(lines.map(points))]));
  const plans = data.map.plans.map((routes) => routes.map((route) => {
    const legs = route.legs.map(points);
    return { n: route.n, c: route.c, path: pathOf(legs), fresh: pathOf(legs.filter((_, k) => route.new[k])), legs };
  }));
  const stops = data.map.stops.map(([x, y, moved, id, kind, postcode, a, b]) => ({ x, y, moved, id, kind, postcode, visits: [a, b] }));
  const moved = stops.filter((stop) => stop.moved);
  const [depotX, depotY] = data.map.depot;
  const bounds = [...stops.map((s) => [s.x, s.y]), data.map.depot].reduce(
    ([w, s, e, n], [x, y]) => [Math.min(w, x), Math.min(s, y), Math.max(e, x), Math.max(n, y)], [Infinity, Infinity, -Infinity, -Infinity]);

  // The view is one for both maps: middle in metres, scale in pixels per metre.
  const maps = all(".map").map((box) => ({ box, canvas: $("canvas", box), plan: Number(box.dataset.plan), wide: 0, high: 0 }));
  const view = { x: 0, y: 0, scale: 0, fitted: 0 };
  let chosen = null;
  let onlyChanges = false;
  let asked = false;
  const colours = {};
  const readColours = () => {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["land", "water", "park", "road", "ink", "surface", "line", "ink3", "accent", "done"]) colours[name] = style.getPropertyValue(`--${name}`).trim();
    colours.routes = style.getPropertyValue("--routes").trim().split(/\s+/);
  };
  const sized = () => maps.find((map) => map.wide > 0);
  const fit = () => {
    const map = sized();
    if (!map) return;
    const [w, s, e, n] = bounds;
    view.x = (w + e) / 2;
    view.y = (s + n) / 2;
    view.scale = view.fitted = Math.min((map.wide - 24) / Math.max(e - w, 200), (map.high - 24) / Math.max(n - s, 200));
    redraw();
  };
  const keepNear = () => {
    const [w, s, e, n] = bounds;
    view.x = Math.min(Math.max(view.x, w), e);
    view.y = Math.min(Math.max(view.y, s), n);
  };
  const zoom = (factor, map, at) => {
    const px = at ? at[0] - map.wide / 2 : 0, py = at ? map.high / 2 - at[1] : 0;
    const scale = Math.min(Math.max(view.scale * factor, view.fitted * 0.8), Math.max(view.fitted * 40, 0.6));
    view.x += px / view.scale - px / scale;
    view.y += py / view.scale - py / scale;
    view.scale = scale;
    keepNear();
    redraw();
  };
  const pan = (dx, dy) => { view.x -= dx / view.scale; view.y += dy / view.scale; keepNear(); redraw(); };
  const onMap = (map, x, y) => [map.wide / 2 + (x - view.x) * view.scale, map.high / 2 - (y - view.y) * view.scale];

  const world = (c, map, ratio) => {
    const s = view.scale * ratio;
    c.setTransform(s, 0, 0, -s, (map.wide / 2 - view.x * view.scale) * ratio, (map.high / 2 + view.y * view.scale) * ratio);
  };
  const under = document.createElement("canvas");
  const paintGround = (map, ratio) => {
    under.width = map.canvas.width;
    under.height = map.canvas.height;
    const c = under.getContext("2d");
    c.fillStyle = colours.land;
    c.fillRect(0, 0, under.width, under.height);
    world(c, map, ratio);
    c.lineCap = c.lineJoin = "round";
    c.fillStyle = colours.water;
    c.fill(ground.water, "evenodd");
    c.strokeStyle = colours.water;
    c.lineWidth = Math.max(90, 6 / view.scale);
    c.stroke(ground.rivers);
    c.fillStyle = colours.park;
    c.fill(ground.parks, "evenodd");
    c.strokeStyle = colours.road;
    for (const [name, metres, pixels] of [["minor", 7, 0.9], ["middle", 10, 1.6], ["main", 14, 2.4]]) {
      c.lineWidth = Math.max(metres, pixels / view.scale);
      c.stroke(ground[name]);
    }
  };
  const routeWidth = () => Math.min(1.5 * Math.sqrt(Math.max(view.scale / (view.fitted || 1), 1)), 4.5);
  const paintRoutes = (c, routes, key) => {
    c.lineCap = c.lineJoin = "round";
    for (const route of routes) {
      c.strokeStyle = colours.routes[route.c % 12];
      c.lineWidth = routeWidth() / view.scale;
      c.setLineDash([]);
      c.stroke(route[key]);
      if (route.c < 12) continue;
      c.strokeStyle = colours.surface;
      c.lineWidth = (routeWidth() * 0.4) / view.scale;
      c.setLineDash([5 / view.scale, 5 / view.scale]);
      c.stroke(route[key]);
      c.setLineDash([]);
    }
  };
  const paintAbandoned = (c, routes) => {
    c.strokeStyle = colours.ink3;
    c.lineCap = "round";
    c.lineWidth = 2 / view.scale;
    c.setLineDash([0.1 / view.scale, 5 / view.scale]);
    for (const route of routes) c.stroke(route.fresh);
    c.setLineDash([]);
  };
  const ring = (c, x, y, r, fill, stroke, width) => {
    c.beginPath();
    c.arc(x, y, r, 0, 7);
    c.fillStyle = fill;
    c.fill();
    c.strokeStyle = stroke;
    c.lineWidth = width;
    c.stroke();
  };
  const inView = (map, [x, y]) => x > -20 && y > -20 && x < map.wide + 20 && y < map.high + 20;
  const paintStops = (c, map) => {
    const near = Math.min(Math.max(view.scale / view.fitted, 1), 3);
    const small = 0.6 + 0.5 * near, big = 2.1 + 0.7 * near;
    const colour = new Map(plans[map.plan].map((route) => [route.n, colours.routes[route.c % 12]]));
    for (const stop of stops) {
      const at = onMap(map, stop.x, stop.y);
      if (stop.moved || onlyChanges || !inView(map, at)) continue;
      const visit = stop.visits[map.plan];
      ring(c, ...at, small, colours.surface, visit ? colour.get(visit[0]) : colours.done, 1);
    }
    for (const stop of moved) {
      const at = onMap(map, stop.x, stop.y);
      if (inView(map, at)) ring(c, ...at, big, map.plan ? colours.ink : colours.surface, map.plan ? colours.surface : colours.ink, map.plan ? 1 : 1.4);
    }
  };
  const paintMarks = (c, map) => {
    const [x, y] = onMap(map, depotX, depotY);
    c.fillStyle = colours.surface;
    c.fillRect(x - 6, y - 6, 12, 12);
    c.fillStyle = colours.ink;
    c.fillRect(x - 4.5, y - 4.5, 9, 9);
    if (!chosen) return;
    const at = onMap(map, chosen.x, chosen.y);
    c.beginPath();
    c.arc(...at, 9, 0, 7);
    c.strokeStyle = colours.surface;
    c.lineWidth = 5;
    c.stroke();
    c.strokeStyle = colours.accent;
    c.lineWidth = 2.5;
    c.stroke();
  };
  const paintScale = (map) => {
    const metres = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10000].filter((m) => m * view.scale <= 80).pop() || 10;
    const [text, bar] = all(".scale > *", map.box);
    text.textContent = metres < 1000 ? `${metres} m` : `${metres / 1000} km`;
    bar.style.width = `${metres * view.scale}px`;
  };
  const paint = () => {
    asked = false;
    const ratio = devicePixelRatio || 1;
    let painted = "";
    for (const map of maps) {
      if (!map.wide) continue;
      const c = map.canvas.getContext("2d");
      const size = `${map.canvas.width}x${map.canvas.height}`;
      if (painted !== size) paintGround(map, ratio);
      painted = size;
      c.setTransform(1, 0, 0, 1, 0, 0);
      c.drawImage(under, 0, 0);
      world(c, map, ratio);
      if (onlyChanges) paintAbandoned(c, plans[1 - map.plan]);
      paintRoutes(c, plans[map.plan], onlyChanges ? "fresh" : "path");
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      paintStops(c, map);
      paintMarks(c, map);
      paintScale(map);
      map.box.dataset.painted = String(Number(map.box.dataset.painted || 0) + 1);
      map.box.dataset.view = [view.x, view.y, view.scale].map((v) => v.toPrecision(6)).join(" ");
    }
  };
  const redraw = () => { if (!asked) { asked = true; requestAnimationFrame(paint); } };
  const measure = () => {
    const ratio = devicePixelRatio || 1;
    const first = !sized();
    for (const map of maps) {
      map.wide = map.canvas.clientWidth;
      map.high = map.canvas.clientHeight;
      map.canvas.width = Math.max(1, Math.round(map.wide * ratio));
      map.canvas.height = Math.max(1, Math.round(map.high * ratio));
    }
    if (first || view.scale === view.fitted) fit(); else redraw();
  };

  // A visit says its price in both plans.
  const visitLines = (name, visit) => {
    const column = make("div");
    column.append(make("h4", "", name));
    const line = (a, b, total) => {
      const row = make("span", total ? "sum total" : "sum");
      row.append(make("span", "", a), " ", make("span", "", b));
      column.append(row);
    };
    if (!visit) {
      column.append(make("span", "said", "not served that day"));
      return column;
    }
    const [route, position, at, parts] = visit;
    line(`Route ${route}, visit ${position}`, clock(at));
    for (const [part, cents] of Object.entries(parts)) line(data.parts[part] || part, money(cents));
    line("Price", money(sum(parts)), true);
    return column;
  };
  const stopHeading = (stop) => [`Order ${stop.id}`, stop.kind, stop.postcode].filter(Boolean).join(", ");
  const showStop = (stop, map) => {
    chosen = stop;
    redraw();
    const [x, y] = onMap(map, stop.x, stop.y);
    const box = map.box.getBoundingClientRect();
    const two = make("div", "two");
    two.append(visitLines("Efficiency", stop.visits[0]), visitLines("Profit", stop.visits[1]));
    const note = make("span", "said", stop.moved ? "Changed route or order. Believed prices, on one valuation." : "Same place in the route in both plans. Believed prices.");
    show([make("b", "", stopHeading(stop)), two, note], new DOMRect(box.left + x - 9, box.top + y - 9, 18, 18), map.box);
  };
  const sayStop = (stop) => {
    const one = (name, visit) => (visit ? `${name}: route ${visit[0]}, visit ${visit[1]} at ${clock(visit[2])}, price ${money(sum(visit[3]))}` : `${name}: not served`);
    $("#said").textContent = `${stopHeading(stop)}. ${one("Efficiency", stop.visits[0])}. ${one("Profit", stop.visits[1])}.`;
  };
  const unchoose = () => { if (chosen) { chosen = null; redraw(); } };
  const nearest = (map, px, py, reach) => {
    let best = null, away = reach * reach;
    for (const stop of onlyChanges ? moved : stops) {
      const [x, y] = onMap(map, stop.x, stop.y);
      const d = ((x - px) ** 2 + (y - py) ** 2) * (stop.moved ? 0.6 : 1);
      if (d < away) { away = d; best = stop; }
    }
    return best;
  };
  const step = (map, by) => {
    const list = moved.length ? moved : stops;
    if (!list.length) return;
    const now = chosen ? list.indexOf(chosen) : by > 0 ? -1 : 0;
    const stop = list[(now + by + list.length) % list.length];
    const [x, y] = onMap(map, stop.x, stop.y);
    if (x < 20 || y < 20 || x > map.wide - 20 || y > map.high - 20) { view.x = stop.x; view.y = stop.y; }
    showStop(stop, map);
    sayStop(stop);
  };
  const keys = {
    ArrowLeft: () => pan(60, 0), ArrowRight: () => pan(-60, 0), ArrowUp: () => pan(0, 60), ArrowDown: () => pan(0, -60),
    "+": (map) => zoom(1.5, map), "=": (map) => zoom(1.5, map), "-": (map) => zoom(1 / 1.5, map), "0": () => fit(),
    n: (map) => step(map, 1), p: (map) => step(map, -1), Escape: () => unchoose(),
  };
  for (const map of maps) {
    const held = new Map();
    let started = null, travelled = 0, apart = 0;
    const at = (e) => { const box = map.box.getBoundingClientRect(); return [e.clientX - box.left, e.clientY - box.top]; };
    const spread = () => { const [a, b] = [...held.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
    map.box.addEventListener("keydown", (e) => {
      const act = e.ctrlKey || e.metaKey || e.altKey ? null : keys[e.key.length === 1 ? e.key.toLowerCase() : e.key];
      if (!act) return;
      if (e.key !== "Escape") e.preventDefault();
      if (!["n", "p", "N", "P", "Escape"].includes(e.key)) { unchoose(); hide(); }
      act(map);
    });
    map.box.addEventListener("wheel", (e) => {
      const out = e.deltaY > 0;
      if (out && view.scale <= view.fitted * 1.001) return; // the whole town is in sight: let the page scroll
      e.preventDefault();
      hide();
      const factor = Math.exp(-Math.max(-120, Math.min(120, e.deltaY)) * 0.0022);
      zoom(out ? Math.max(factor, view.fitted / view.scale) : factor, map, at(e));
    }, { passive: false });
    map.box.addEventListener("pointerdown", (e) => {
      if (e.button) return;
      held.set(e.pointerId, at(e));
      map.box.setPointerCapture(e.pointerId);
      if (held.size === 1) { started = at(e); travelled = 0; } else apart = spread();
    });
    map.box.addEventListener("pointermove", (e) => {
      const now = at(e), was = held.get(e.pointerId);
      if (!was) {
        if (e.pointerType !== "mouse") return;
        const stop = nearest(map, ...now, 12);
        if (stop && stop !== chosen) { clearTimeout(leaving); showStop(stop, map); } else if (!stop && chosen && owner === map.box) { unchoose(); hide(); }
        return;
      }
      held.set(e.pointerId, now);
      travelled += Math.hypot(now[0] - was[0], now[1] - was[1]);
      if (travelled < 4) return;
      map.box.classList.add("dragging");
      hide();
      unchoose();
      pan((now[0] - was[0]) / held.size, (now[1] - was[1]) / held.size);
      if (held.size === 2) {
        const wide = spread(), [a, b] = [...held.values()];
        zoom(wide / (apart || wide), map, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
        apart = wide;
      }
    });
    const release = (e) => {
      const was = held.get(e.pointerId);
      held.delete(e.pointerId);
      map.box.classList.remove("dragging");
      if (e.type !== "pointerup" || !was || !started || travelled >= 4) return;
      const stop = nearest(map, ...started, e.pointerType === "mouse" ? 12 : 26);
      if (stop) { showStop(stop, map); sayStop(stop); } else { unchoose(); hide(); }
    };
    map.box.addEventListener("pointerup", release);
    map.box.addEventListener("pointercancel", release);
    map.box.addEventListener("pointerleave", (e) => { if (e.pointerType === "mouse" && !held.size && owner === map.box && document.activeElement !== map.box) { unchoose(); later(); } });
    map.box.addEventListener("blur", () => { unchoose(); if (owner === map.box) hide(); });
    map.box.addEventListener("dblclick", (e) => zoom(2, map, at(e)));
  }
  const zooms = { in: () => zoom(1.5, sized()), out: () => zoom(1 / 1.5, sized()), fit };
  for (const button of all("[data-zoom]")) button.addEventListener("click", () => { hide(); unchoose(); zooms[button.dataset.zoom](); });
  const only = $("#only");
  const setOnly = (on) => { onlyChanges = on; only.checked = on; redraw(); };
  only.addEventListener("change", () => setOnly(only.checked));
  for (const radio of all('input[name="plan"]')) radio.addEventListener("change", () => {
    $(".pair").dataset.show = radio.value;
    hide();
    unchoose();
    setOnly(radio.value === "both");
    measure();
  });

  // A door: a crosshair reads the price and the chance at any time of the day.
  const between = (at, values, s, whole) => {
    if (s <= at[0]) return values[0];
    for (let k = 1; k < at.length; k++) {
      if (s < at[k]) {
        const more = ((values[k] - values[k - 1]) * (s - at[k - 1])) / (at[k] - at[k - 1]);
        return values[k - 1] + (whole ? Math.floor(more) : more);
      }
    }
    return values[values.length - 1];
  };
  const [starts, ends] = data.span;
  for (const lanes of all(".lanes")) {
    const door = data.doors[Number(lanes.dataset.door)];
    const cross = $(".cross", lanes);
    let now = door.now === null ? starts : door.now;
    const read = (s) => {
      const parts = Object.entries(door.parts).map(([part, cents]) => [data.parts[part] || part, between(door.at, cents, s, true)]);
      const total = parts.reduce((a, [, cents]) => a + cents, 0);
      const chance = `${Math.round(100 * between(...door.chance, s, false))}\u00a0%`;
      return { parts, total, chance };
    };
    const say = () => {
      const { total, chance } = read(now);
      lanes.setAttribute("aria-valuenow", String(now));
      lanes.setAttribute("aria-valuetext", `${clock(now)}: costs ${money(total)}, ${chance} chance that somebody opens`);
    };
    const point = () => {
      const { parts, total, chance } = read(now);
      const share = (now - starts) / (ends - starts);
      cross.hidden = false;
      cross.style.left = `${100 * share}%`;
      say();
      const rows = [...parts, [`Knocking at ${clock(now)} costs`, total]].map(([name, cents], k, list) => {
        const row = make("span", k === list.length - 1 ? "sum total" : "sum");
        row.append(make("span", "", name), " ", make("span", "", money(cents)));
        return row;
      });
      const box = lanes.getBoundingClientRect();
      show([make("b", "", `${clock(now)}: ${chance} chance that somebody opens`), ...rows], new DOMRect(box.left + share * box.width, box.top, 0, box.height), lanes);
    };
    const leave = () => { cross.hidden = true; if (owner === lanes) hide(); };
    const follow = (e) => {
      const box = lanes.getBoundingClientRect();
      const share = Math.min(Math.max((e.clientX - box.left) / box.width, 0), 1);
      now = Math.round((starts + share * (ends - starts)) / 300) * 300;
      point();
    };
    lanes.addEventListener("pointermove", (e) => { if (e.pointerType === "mouse" || e.buttons) follow(e); });
    lanes.addEventListener("pointerdown", follow);
    lanes.addEventListener("pointerleave", (e) => { if (e.pointerType === "mouse") leave(); });
    lanes.addEventListener("focus", () => { if (lanes.matches(":focus-visible")) point(); });
    lanes.addEventListener("blur", leave);
    lanes.addEventListener("keydown", (e) => {
      const by = { ArrowLeft: -300, ArrowDown: -300, ArrowRight: 300, ArrowUp: 300, PageDown: -3600, PageUp: 3600, Home: -86400, End: 86400 }[e.key];
      if (!by) return;
      e.preventDefault();
      now = Math.min(Math.max(by % 3600 ? Math.round((now + by) / 300) * 300 : now + by, starts), ends);
      point();
    });
    say();
  }

  $("#copy").addEventListener("click", async (e) => {
    const code = $(".command code");
    getSelection().selectAllChildren(code);
    try { await navigator.clipboard.writeText(code.textContent); e.target.textContent = "Copied"; } catch { e.target.textContent = "Selected"; }
  });

  const recolour = () => { readColours(); redraw(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  addEventListener("beforeprint", () => { hide(); document.documentElement.classList.add("printing"); readColours(); measure(); paint(); });
  addEventListener("afterprint", () => { document.documentElement.classList.remove("printing"); readColours(); measure(); });
  readColours();
  new ResizeObserver(measure).observe($(".pair"));
  measure();
})();
