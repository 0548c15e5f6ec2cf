// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace TcmuRunner.Ctl.Output;

/// <summary>Where results go: text for people, coloured on a terminal only, or one JSON value for programs.</summary>
/// <param name="output">Results.</param>
/// <param name="error">Messages.</param>
/// <param name="isJson">Whether programs read.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool isJson)
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Whether programs read.</summary>
    internal bool IsJson { get; } = isJson;

    /// <summary>Whether a person looks on.</summary>
    internal bool IsInteractive { get; } = !isJson && !Console.IsOutputRedirected && ReferenceEquals(output, Console.Out);

    /// <summary>For tables, trees and colours; without colours and as wide as needed when no person looks on.</summary>
    internal IAnsiConsole Rich => field ??= CreateConsole();

    /// <summary>Writes a line of text.</summary>
    internal void Line(string text) => output.WriteLine(text);

    /// <summary>Writes a JSON value, over several lines.</summary>
    internal void Json(JsonNode value) => output.WriteLine(value.ToJsonString(s_indented));

    /// <summary>Writes a JSON value on one line: one of many.</summary>
    internal void JsonLine(JsonNode value)
    {
        output.WriteLine(value.ToJsonString());
        output.Flush();
    }

    /// <summary>Writes what went wrong.</summary>
    internal void Error(string message, string? remedy)
    {
        if (IsJson)
        {
            error.WriteLine(new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["remedy"] = remedy } }.ToJsonString(s_indented));
            return;
        }

        error.WriteLine($"tcmuctl: {message}");
        if (remedy is not null)
        {
            error.WriteLine($"         {remedy}");
        }
    }

    private IAnsiConsole CreateConsole()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });

        // Into a pipe: nothing is cut at the width of a terminal that is not there.
        if (!IsInteractive)
        {
            console.Profile.Width = 1000;
        }

        return console;
    }
}
