import MillraceCore

extension HTMLReport {
    /// Colours keep a contrast of at least 4.5 to 1 with their ground; verdicts differ by word, not by colour alone.
    static let style = """

        :root { --ground: #fdfdfc; --panel: #f4f4f1; --ink: #1d2328; --quiet: #5b656d; --rule: #dcdfe0;
          --challenger: #0b6a8f; --champion: #a3560e; --good: #1a7044; --bad: #ae2b2b; --open: #80600a;
          --shade: #1d232859; }
        @media (prefers-color-scheme: dark) { :root { --ground: #14181b; --panel: #1c2226; --ink: #e6e9ea;
          --quiet: #9da8af; --rule: #343c42; --challenger: #5cb8dd; --champion: #e2a05c; --good: #62c391;
          --bad: #f08b84; --open: #dfb74f; --shade: #9da8af80; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink);
          font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
        h1 { font-size: 2.1rem; line-height: 1.15; margin: .2rem 0 .5rem; letter-spacing: -.015em; }
        h2 { font-size: 1.2rem; margin: 0 0 .8rem; }
        section { margin-top: 2.8rem; }
        .eyebrow { margin: 0; color: var(--quiet); font-size: .9rem; }
        .lead { margin: 0; color: var(--quiet); }
        .lead strong { color: var(--ink); font-weight: 600; }
        .verdict { background: var(--panel); border-left: 5px solid var(--open); padding: 1.1rem 1.4rem;
          margin-top: 1.8rem; border-radius: 0 6px 6px 0; }
        .verdict h2 { color: var(--open); font-size: 1.4rem; margin-bottom: .5rem; }
        .verdict.promoted { border-color: var(--good); } .verdict.promoted h2 { color: var(--good); }
        .verdict.rejected { border-color: var(--bad); } .verdict.rejected h2 { color: var(--bad); }
        .verdict ul { margin: 0; padding: 0; list-style: none; }
        .verdict li { padding: .15rem 0; display: grid; grid-template-columns: 10.5rem 1fr; gap: 0 1rem; }
        .code { font: .82rem ui-monospace, "SF Mono", Menlo, Consolas, monospace; color: var(--quiet);
          padding-top: .15rem; }
        time { white-space: nowrap; }
        /* A shade at an edge beyond which the table goes on: the ground moves along and covers it at the end. */
        .scroll { overflow-x: auto; margin-bottom: 1.4rem; scrollbar-width: thin;
          scrollbar-color: var(--quiet) transparent;
          background: linear-gradient(to right, var(--ground) 50%, transparent) left / 2.4rem 100% no-repeat local,
            linear-gradient(to left, var(--ground) 50%, transparent) right / 2.4rem 100% no-repeat local,
            linear-gradient(to right, var(--shade), transparent) left / .8rem 100% no-repeat scroll,
            linear-gradient(to left, var(--shade), transparent) right / .8rem 100% no-repeat scroll; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .94rem; }
        caption { text-align: left; color: var(--quiet); font-size: .88rem; padding-bottom: .5rem; position: sticky;
          left: 0; max-width: calc(100vw - 3rem); }
        td { white-space: nowrap; }
        th, td { padding: .42rem .9rem .42rem 0; text-align: right; vertical-align: top;
          border-bottom: 1px solid var(--rule); }
        th:first-child { text-align: left; }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { color: var(--quiet); font-weight: 500; font-size: .86rem; white-space: nowrap; }
        tbody th { font-weight: 500; white-space: nowrap; }
        td small { color: var(--quiet); white-space: nowrap; }
        .undefined { color: var(--quiet); font-style: italic; }
        em { color: var(--quiet); font-weight: 400; font-size: .88em; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.6rem; }
        figure { margin: 0; }
        figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .3rem; }
        .chart { width: 100%; height: auto; display: block; }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .tick { fill: var(--quiet); font-size: 11px; } .axis { fill: var(--quiet); font-size: 12px; }
        .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
        .line.challenger, .whisker.challenger { stroke: var(--challenger); }
        .line.champion { stroke: var(--champion); stroke-width: 1.8; stroke-dasharray: 6 4; }
        .line.reference { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 2 4; }
        .whisker { stroke-width: 1.2; opacity: .6; }
        .mark.challenger { fill: var(--challenger); } .mark.champion { fill: var(--champion); }
        .legend { margin: -.3rem 0 1rem; color: var(--quiet); font-size: .9rem; }
        .key { display: inline-block; width: 1.7rem; border-top: 3px solid var(--challenger); vertical-align: middle;
          margin: 0 .35rem 0 0; }
        .key.champion { border-top: 3px dashed var(--champion); margin-left: 1.2rem; }
        .bar { width: 100%; min-width: 9rem; height: .7rem; display: block; margin-top: .4rem; }
        .bar rect { fill: var(--challenger); }
        #importance ~ .scroll td:last-child { width: 60%; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.4rem; margin: 0; font-size: .94rem; }
        dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere;
          font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .88rem; }
        @media print { main { max-width: none; padding: 0; } section { break-inside: avoid; }
          body { background: #fff; font-size: 10.5pt; } .verdict { border: 1px solid; border-left-width: 5px; } }
        @media (max-width: 40rem) { dl, .verdict li { grid-template-columns: 1fr; } }

        """
}
