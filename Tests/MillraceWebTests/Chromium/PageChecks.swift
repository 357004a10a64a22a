/// Scripts that look at a page as it is shown; each gives what is wrong, nothing when all is well.
enum PageChecks {
    /// Contrast as WCAG 2.2 defines it: text of at least 4.5 to 1 with what is behind it, large text and parts of
    /// graphics of at least 3 to 1 (success criteria 1.4.3 and 1.4.11).
    static let contrast = """
        const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
        const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
        const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        const luminance = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
        const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
        const ground = (element) => {
          let layers = [];
          for (let e = element; e; e = e.parentElement) layers.unshift(parse(getComputedStyle(e).backgroundColor));
          return layers.reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
        };
        const faded = (element) => { let o = 1; for (let e = element; e; e = e.parentElement) o *= Number(getComputedStyle(e).opacity); return o; };
        const found = new Set();
        const judge = (element, color, least, what) => {
          const c = parse(color); c[3] *= faded(element);
          const below = ground(element);
          const r = ratio(over(c, below), below);
          if (r < least) found.add(`${r.toFixed(2)}: ${what} of ${element.tagName}.${element.getAttribute('class') || ''}`);
        };
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        let texts = 0;
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const e = node.parentElement;
          if (!node.data.trim() || !e.getClientRects().length || e.closest('script, title, .unseen, .skip')) continue;
          const style = getComputedStyle(e);
          const size = parseFloat(style.fontSize);
          const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
          texts += 1;
          judge(e, e.closest('svg') ? style.fill : style.color, isLarge ? 3 : 4.5, `"${node.data.trim().slice(0, 30)}"`);
        }
        for (const e of document.querySelectorAll('svg polyline, svg circle, svg rect, svg path')) {
          if (e.matches('.rule, .area') || e.closest('a')) continue;
          const style = getComputedStyle(e);
          const colors = [style.fill, style.stroke].filter((c) => c !== 'none');
          if (colors.length) judge(e, colors[0], 3, 'the shape');
        }
        for (const e of document.querySelectorAll('input, button:not(:disabled)'))
          if (e.getClientRects().length && !e.matches('.main')) judge(e.parentElement, getComputedStyle(e).borderTopColor, 3, 'the border');
        if (texts < 5) found.add('hardly any text was seen');
        return [...found];
        """

    /// What a reader who hears the page stands on.
    static let structure = """
        const found = [];
        if (document.documentElement.lang !== 'en') found.push('no language');
        if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
        if (document.querySelectorAll('main').length !== 1) found.push('not one main');
        let level = 0;
        for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
          if (h.closest('dialog')) continue;
          const next = Number(h.tagName[1]);
          if (next > level + 1) found.push(`${h.tagName} after level ${level}: ${h.textContent}`);
          level = next;
        }
        const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
        for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) found.push(`the id ${id} twice`);
        for (const e of document.querySelectorAll('[aria-labelledby]'))
          if (!document.getElementById(e.getAttribute('aria-labelledby'))) found.push('a label that is not there');
        for (const e of document.querySelectorAll('svg'))
          if (e.getAttribute('aria-hidden') !== 'true' && !(e.getAttribute('role') === 'img' && e.getAttribute('aria-label')))
            found.push('a picture without a description');
        for (const e of document.querySelectorAll('table'))
          if (!e.caption || e.querySelector('th:not([scope])')) found.push('a table without caption or scopes');
        for (const e of document.querySelectorAll('input')) if (!e.labels.length) found.push(`no label for ${e.name}`);
        for (const e of document.querySelectorAll('[style]')) found.push(`a style of its own: ${e.tagName}`);
        return found;
        """

    /// Nothing sticks out sideways, and what is to be touched is at least 24 CSS pixels high (success criterion 2.5.8;
    /// links in running text are exempt).
    static let fit = """
        const found = [];
        const root = document.scrollingElement, width = document.documentElement.clientWidth;
        if (root.scrollWidth > width) {
          found.push(`${root.scrollWidth} wide on ${width}`);
          for (const e of document.querySelectorAll('main *'))
            if (e.getBoundingClientRect().right > width + 1 && !e.closest('.scroll')) found.push(e.tagName + '.' + e.getAttribute('class'));
        }
        for (const e of document.querySelectorAll('nav a, button, input, summary')) {
          const box = e.getBoundingClientRect();
          if (box.height && box.height < 24) found.push(`${box.height} high: ${e.textContent}`);
        }
        return found.slice(0, 8);
        """
}
