package io.redraft.model.report;

/**
 * How reports look: the system's fonts, light or dark as the reader's system is, fit for paper.
 * Series differ in hue and lightness, so that they can be told apart without seeing every colour.
 */
final class Style {
  /** Colours before they come again, dashed. */
  static final int COLOURS = 8;

  /** The style sheet; free of characters that would have to be escaped. */
  static final String SHEET =
      """
      :root {
        color-scheme: light dark;
        --paper: #ffffff; --ink: #1d2127; --soft: #5a636e; --rule: #d9dde2; --panel: #f5f6f8;
        --mark: #d8ecd9;
        --s0: #1f5fa8; --s1: #c2570c; --s2: #2b8a4b; --s3: #8a4bb8;
        --s4: #b3304a; --s5: #0f7f8c; --s6: #8a6a1a; --s7: #5b6470;
      }
      @media (prefers-color-scheme: dark) {
        :root {
          --paper: #15181c; --ink: #e4e7eb; --soft: #9aa4b0; --rule: #333a42; --panel: #1d2127;
          --mark: #234a2d;
          --s0: #6fb0f5; --s1: #f39a5b; --s2: #63cc86; --s3: #c29bf0;
          --s4: #f28aa0; --s5: #55c5d1; --s6: #dcbc6b; --s7: #aeb7c2;
        }
      }
      body {
        margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--paper);
        color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
      }
      h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .75rem; }
      h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; padding-top: .75rem;
           border-top: 1px solid var(--rule); }
      h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
      p { margin: .5rem 0; max-width: 46rem; }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem; }
      dt { color: var(--soft); } dd { margin: 0; }
      .scroll { overflow-x: auto; margin: .75rem 0 1.25rem; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .94rem;
              overflow-wrap: normal; }
      caption { text-align: left; color: var(--soft); padding-bottom: .35rem; }
      th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule);
               text-align: left; vertical-align: top; }
      thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
      tbody th { font-weight: 400; min-width: 9rem; }
      .n { text-align: right; white-space: nowrap; }
      figure { margin: 1rem 0; }
      figcaption { font-weight: 600; }
      .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr));
                gap: .5rem 1.5rem; }
      .charts figure { margin: .5rem 0; }
      svg { display: block; width: 100%; height: auto; }
      svg text { font-size: 12px; fill: var(--soft); }
      .legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin: .15rem 0; font-size: .9rem;
                max-width: none; }
      .legend span { display: inline-flex; align-items: center; gap: .4rem; }
      .key { flex: none; width: 24px; height: 8px; }
      .grid { stroke: var(--rule); } .axis { stroke: var(--soft); }
      .level { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 5 4; }
      .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); }
      .s3 { --c: var(--s3); } .s4 { --c: var(--s4); } .s5 { --c: var(--s5); }
      .s6 { --c: var(--s6); } .s7 { --c: var(--s7); }
      polyline, line[class^=s] { stroke: var(--c); stroke-width: 1.8; fill: none;
                                 stroke-linejoin: round; }
      circle { fill: var(--c); }
      .again { stroke-dasharray: 6 3; }
      .empty { color: var(--soft); }
      .sample { background: var(--panel); border-left: 3px solid var(--rule); margin: .75rem 0;
                padding: .6rem 1rem; max-width: 46rem; }
      .sample figcaption { font-weight: 400; font-size: .88rem; color: var(--soft); }
      .sample div { white-space: pre-wrap; }
      mark { background: var(--mark); color: inherit; border-radius: 2px; }
      pre { background: var(--panel); padding: .75rem 1rem; overflow-x: auto; font-size: .86rem; }
      summary { cursor: pointer; color: var(--soft); margin: .5rem 0; }
      @media print { body { max-width: none; padding: 0; } figure, tr { break-inside: avoid; } }
      """;

  private Style() {}
}
