// SPDX-License-Identifier: Apache-2.0
using Spectre.Console;

namespace TcmuRunner.Ctl.Output;

/// <summary>Tables in one look: no lines, a heading, columns that are as wide as their contents.</summary>
internal static class Tables
{
    /// <summary>Makes a table.</summary>
    /// <param name="headings">Its columns; one that begins with <c>&gt;</c> is aligned to the right.</param>
    internal static Table Create(params ReadOnlySpan<string> headings)
    {
        Table table = new Table().Border(TableBorder.None);
        table.Expand = false;
        foreach (string heading in headings)
        {
            bool isNumber = heading.StartsWith('>');
            var column = new TableColumn(new Text(heading.TrimStart('>'), new Style(decoration: Decoration.Bold))) { NoWrap = true };
            column.Padding = new Padding(0, 0, 2, 0);
            table.AddColumn(isNumber ? column.RightAligned() : column);
        }

        return table;
    }

    /// <summary>A state in its colour.</summary>
    internal static Text State(string state) => new(state, new Style(state switch
    {
        "serving" or "ok" => Color.Green,
        "opening" or "warning" => Color.Yellow,
        _ => Color.Red,
    }));
}
