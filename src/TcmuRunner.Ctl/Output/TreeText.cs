// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Ctl.Output;

/// <summary>A tree with dots between each name and what is to be said of it, as targetcli's users know it.</summary>
internal sealed class TreeText
{
    private const int DefaultWidth = 120, MinimumDots = 3;

    private readonly List<(int Depth, string Name, string Summary)> _lines = [];

    /// <summary>Adds a line: below the last one of a smaller depth.</summary>
    internal void Add(int depth, string name, string summary) => _lines.Add((depth, name, summary));

    /// <summary>Writes the tree.</summary>
    internal void Write(Terminal terminal)
    {
        int width = terminal.IsInteractive ? terminal.Rich.Profile.Width : DefaultWidth;
        foreach (string line in Lines(width))
        {
            terminal.Line(line);
        }
    }

    /// <summary>The lines, as wide as given where they fit.</summary>
    internal IEnumerable<string> Lines(int width)
    {
        for (int index = 0; index < _lines.Count; index++)
        {
            (int depth, string name, string summary) = _lines[index];
            IEnumerable<string> levels = Enumerable.Range(1, Math.Max(0, depth - 1)).Select(level => HasSibling(index, level) ? "| " : "  ");
            string start = $"{(depth > 0 ? "  " : "")}{string.Concat(levels)}o- {name} ";
            string end = $" [{summary}]";
            yield return start + new string('.', Math.Max(MinimumDots, width - start.Length - end.Length)) + end;
        }
    }

    // Whether a further node of this depth follows below the same parent.
    private bool HasSibling(int index, int depth)
    {
        int next = _lines.FindIndex(index + 1, line => line.Depth <= depth);
        return next >= 0 && _lines[next].Depth == depth;
    }
}
