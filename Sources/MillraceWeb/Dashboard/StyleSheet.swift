/// How the pages look. Colours keep a contrast of at least 4.5 to 1 with their ground in light and dark; what a colour
/// says a word says too.
enum StyleSheet {
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0b6a8f"/>\
        <path d="M3 9c3.5 0 3.5 3 6.5 3s3.5-3 6.5-3 3 1 5 1.5M3 15c3.5 0 3.5 3 6.5 3s3.5-3 6.5-3 3 1 5 1.5" \
        fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>
        """

    static let text = """
        :root { color-scheme: light dark; --ground: #fcfcfb; --panel: #f3f4f2; --ink: #1b2227; --quiet: #58636b;
          --rule: #d9dddd; --accent: #0b6a8f; --good: #1a7044; --bad: #ae2b2b; --open: #7d5c06; --wash: #0b6a8f1c; --shade: #1b222759; }
        @media (prefers-color-scheme: dark) { :root { --ground: #13181b; --panel: #1b2226; --ink: #e7eaeb;
          --quiet: #9fabb2; --rule: #333c42; --accent: #5cb8dd; --good: #62c391; --bad: #f2938c; --open: #dfb74f;
          --wash: #5cb8dd26; --shade: #9fabb280; } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system,
          "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; }
        a { color: var(--accent); text-underline-offset: .15em; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
        .skip { position: absolute; left: -99rem; background: var(--ground); padding: .5rem 1rem; z-index: 1; }
        .skip:focus { left: 1rem; top: .5rem; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .top { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem 2rem; padding: .9rem 1.5rem;
          border-bottom: 1px solid var(--rule); }
        .brand { display: inline-flex; align-items: center; gap: .55rem; font-weight: 650; font-size: 1.1rem;
          color: var(--ink); text-decoration: none; letter-spacing: -.01em; }
        .brand svg { width: 1.6rem; fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linecap: round; }
        nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; margin: 0; padding: 0; list-style: none; }
        nav a { text-decoration: none; color: var(--quiet); padding: .25rem 0; border-bottom: 2px solid transparent; }
        nav a:hover { color: var(--ink); }
        nav a[aria-current] { color: var(--ink); border-color: var(--accent); }
        #live { margin: 0 0 0 auto; font-size: .88rem; }
        main { max-width: 78rem; margin: 0 auto; padding: 1.6rem 1.5rem 4rem; }
        section { margin-top: 2.6rem; } section:first-of-type { margin-top: 0; }
        h1 { font-size: 1.7rem; letter-spacing: -.015em; margin: .2rem 0 1rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.05rem; margin: 0 0 .9rem; } h3 { font-size: 1rem; margin: 0; }
        p { margin: 0; } small { font-size: .86rem; }
        .quiet { color: var(--quiet); } .good { color: var(--good); } .bad { color: var(--bad); }
        .open { color: var(--open); } .accent { color: var(--accent); }
        p.quiet { font-size: .9rem; } .lead { color: var(--quiet); margin-bottom: .9rem; }
        .note { margin-top: .9rem; } .empty { padding: 1.2rem 0; }
        .chip { display: inline-block; font-size: .82rem; font-weight: 550; line-height: 1.3; padding: .05rem .5rem;
          border: 1px solid currentColor; border-radius: 1rem; white-space: nowrap; }
        code { font: .86em ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--panel);
          padding: .1rem .35rem; border-radius: 4px; overflow-wrap: anywhere; }

        .state { border-left: 5px solid currentColor; background: var(--panel); border-radius: 0 8px 8px 0;
          padding: 1rem 1.3rem; }
        .state p, .state .quiet { color: var(--ink); } .state p.quiet { color: var(--quiet); }
        .state .headline { font-size: 1.3rem; font-weight: 600; letter-spacing: -.01em; }
        .state.good .headline { color: var(--good); } .state.bad .headline { color: var(--bad); }
        .state.open .headline { color: var(--open); }
        .state ul { list-style: none; margin: .7rem 0 0; padding: 0; }
        .state li { display: grid; grid-template-columns: 6.5rem 1fr; gap: .1rem 1rem; padding: .45rem 0;
          border-top: 1px solid var(--rule); align-items: baseline; }
        .state li code { display: inline-block; margin-top: .2rem; background: var(--ground); color: var(--ink); }
        .state li .chip { justify-self: start; }

        .flow { display: grid; grid-template-columns: repeat(4, 1fr); list-style: none; margin: 0; padding: 0; }
        .flow li { display: grid; grid-template-columns: minmax(7.2rem, 1fr) minmax(8rem, 1.15fr); align-items: center; }
        .arrow { padding: 0 .6rem; font-size: .86rem; min-width: 0; }
        .arrow > p { color: var(--quiet); }
        .arrow svg { display: block; width: 100%; height: 12px; overflow: visible; }
        .arrow path { stroke: var(--quiet); stroke-width: 2; fill: none; vector-effect: non-scaling-stroke; }
        .arrow { position: relative; } .arrow svg + dl { margin-top: .1rem; }
        .arrow.accent path, .arrow.good path { stroke: var(--accent); stroke-width: 3; }
        .arrow.open path { stroke: var(--open); stroke-width: 4; } .arrow.bad path { stroke: var(--bad); stroke-width: 5; }
        .arrow { color: inherit; }
        .arrow dl { margin: 0; } .arrow dl div { display: flex; justify-content: space-between; gap: .5rem; }
        .arrow dt { color: var(--quiet); } .arrow dd { margin: 0; font-weight: 550; white-space: nowrap; }
        .stage { background: var(--panel); border: 1px solid var(--rule); border-radius: 8px; padding: .8rem .9rem;
          height: 100%; min-height: 8.4rem; }
        .stage p { font-size: .86rem; overflow-wrap: anywhere; } .stage h3 + p { margin-bottom: .3rem; }

        .multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.6rem 2rem; }
        figure { margin: 0; min-width: 0; } figcaption { display: flex; justify-content: space-between; gap: .6rem; font-weight: 600; }
        figcaption a { color: inherit; } .big { font-size: 1.45rem; font-weight: 600; letter-spacing: -.02em; }
        .big small { font-weight: 400; color: var(--quiet); letter-spacing: 0; }
        svg.line { display: block; width: 100%; height: auto; margin: .2rem 0 .3rem; overflow: visible; }
        svg.line polyline { fill: none; stroke: currentColor; stroke-width: 1.6; stroke-linejoin: round; }
        svg.line .area { fill: currentColor; opacity: .12; } .rule { stroke: var(--rule); stroke-width: 1; fill: none; }
        svg text { fill: var(--quiet); font-size: 11px; } svg.quality text { font-size: 11px; }
        svg.quality { display: block; width: 100%; max-width: 56rem; height: auto; }
        svg.quality .champion { fill: none; stroke: var(--accent); stroke-width: 2.5; }
        svg.quality polyline.champion { stroke-width: 1.5; stroke-dasharray: 5 4; }
        circle.good { fill: var(--good); } circle.quiet { fill: var(--quiet); stroke: var(--ground); }
        .legend { color: var(--quiet); font-size: .88rem; margin-top: .3rem; }
        .legend > span { display: inline-block; margin-right: 1.2rem; }
        .key { display: inline-block; width: 1.5rem; border-top: 2px dashed var(--accent); vertical-align: middle; margin: 0 .3rem 0 0; }
        .key.dot { width: .7rem; height: .7rem; border: 0; border-radius: 50%; background: currentColor; }
        svg.strokes { display: block; width: 100%; height: 2rem; margin-bottom: .4rem; }
        rect.good { fill: var(--good); } rect.bad { fill: var(--bad); } rect.open { fill: var(--open); }
        rect.quiet { fill: var(--quiet); } rect.accent { fill: var(--accent); }

        .bars { list-style: none; margin: 0 0 .6rem; padding: 0; max-width: 56rem; }
        .bars li { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr 4rem 6rem; gap: 1rem; align-items: center;
          padding: .3rem 0; font-size: .92rem; } .bars span { overflow-wrap: anywhere; } .bars .chip { justify-self: start; }
        .bars svg { display: block; width: 100%; height: .9rem; }
        .timeline { list-style: none; margin: 1rem 0 0; padding: 0; }
        .timeline li { display: grid; grid-template-columns: 9.2rem 8.6rem 1fr; gap: .2rem 1rem; padding: .6rem 0;
          border-top: 1px solid var(--rule); align-items: baseline; }
        .timeline time { color: var(--quiet); font-size: .9rem; } .timeline .chip { justify-self: start; }
        .timeline div { min-width: 0; overflow-wrap: anywhere; }
        .buttons { display: flex; flex-wrap: wrap; gap: .7rem; margin-bottom: .6rem; }
        button { font: inherit; font-weight: 550; color: var(--ink); background: var(--ground); border: 1px solid var(--quiet);
          border-radius: 7px; padding: .45rem 1rem; cursor: pointer; min-height: 2.75rem; }
        button:hover { background: var(--panel); } button:disabled { color: var(--quiet); border-color: var(--rule); cursor: default; }
        button.main { background: var(--accent); border-color: var(--accent); color: var(--ground); }
        dialog { border: 1px solid var(--rule); border-radius: 12px; padding: 1.5rem; width: min(30rem, 92vw);
          background: var(--ground); color: var(--ink); } dialog::backdrop { background: #0008; }
        dialog h3 { font-size: 1.2rem; margin-bottom: .3rem; } dialog .buttons { justify-content: flex-end; margin: 1rem 0 0; }
        label { display: block; margin-top: .8rem; font-size: .92rem; color: var(--quiet); }
        input { display: block; width: 100%; font: inherit; color: var(--ink); background: var(--ground);
          border: 1px solid var(--quiet); border-radius: 6px; padding: .5rem .6rem; margin-top: .2rem; }
        .answer { margin-top: .8rem; min-height: 1.5em; overflow-wrap: anywhere; }

        time, .span { white-space: nowrap; } tr:target { background: var(--wash); }
        /* A shade at an edge beyond which the table goes on: the ground moves along and covers it at the end. */
        .scroll { overflow-x: auto; margin-top: .8rem; scrollbar-width: thin; scrollbar-color: var(--quiet) transparent;
          background: linear-gradient(to right, var(--ground) 50%, transparent) left / 2.4rem 100% no-repeat local,
            linear-gradient(to left, var(--ground) 50%, transparent) right / 2.4rem 100% no-repeat local,
            linear-gradient(to right, var(--shade), transparent) left / .8rem 100% no-repeat scroll,
            linear-gradient(to left, var(--shade), transparent) right / .8rem 100% no-repeat scroll; }
        .scroll a, .scroll code:not(.bytes) { white-space: nowrap; } .pager a { color: var(--accent); } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        caption { text-align: left; color: var(--quiet); font-size: .88rem; padding-bottom: .5rem;
          position: sticky; left: 0; max-width: calc(100vw - 2rem); }
        th, td { text-align: left; vertical-align: top; padding: .45rem 1rem .45rem 0; border-bottom: 1px solid var(--rule); }
        thead th { color: var(--quiet); font-weight: 500; font-size: .86rem; white-space: nowrap; }
        tbody th { font-weight: 500; white-space: nowrap; } .number { text-align: right; white-space: nowrap; }
        .choices { gap: .2rem 1rem; margin-bottom: 1rem; } .pager { display: flex; gap: 1.5rem; margin-top: 1.2rem; }
        .facts { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.6rem; margin: 0; }
        .facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }
        .reasons, .counts { padding-left: 1.1rem; margin: 0 0 1.4rem; } .bytes { display: block; max-width: 36rem; min-width: 14rem; }
        @media (max-width: 70rem) { .flow { grid-template-columns: 1fr 1fr; gap: 1.4rem 0; } }
        @media (max-width: 42rem) { main { padding: 1.2rem 1rem 3rem; } .top { padding: .7rem 1rem; }
          .flow { grid-template-columns: 1fr; gap: .9rem; } .flow li { grid-template-columns: 7.4rem 1fr; }
          .timeline li, .state li { grid-template-columns: 1fr; } .facts { grid-template-columns: 1fr; }
          .bars li { grid-template-columns: 1fr 3.4rem 5.6rem; gap: .2rem .6rem; } .bars svg { grid-row: 2; grid-column: 1 / -1; }
          .facts dd { margin-bottom: .5rem; } nav[aria-label=Pages] { order: 1; width: 100%; }
          .scroll td:last-child { min-width: 15rem; } svg.quality text { font-size: 17px; } nav a { display: inline-block; padding: .5rem 0; } }
        @media (prefers-reduced-motion: no-preference) { nav a, button { transition: color .12s, background .12s; } }

        """
}
