// SPDX-License-Identifier: Apache-2.0
using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Images;

/// <summary>An image that nobody uses, through <c>tcmu-runner image</c>: that program has the handlers.</summary>
/// <param name="configuration">The configuration string of the image.</param>
/// <param name="runner">The program and its first words.</param>
internal sealed class ImageFile(string configuration, IReadOnlyList<string> runner) : IImageSource
{
    /// <summary>The program beside this one.</summary>
    internal static IReadOnlyList<string> DefaultRunner { get; } = [Path.Combine(AppContext.BaseDirectory, "tcmu-runner"), "image"];

    /// <inheritdoc/>
    public bool IsServed => false;

    /// <inheritdoc/>
    public async Task RunAsync(string operation, string argument, Action<double> progress, Action<JsonObject> result, CancellationToken cancellationToken)
    {
        using Process process = Start(operation, argument);
        (string Kind, string Message)? error = null;
        bool hasResult = false;

        // Until its end and not until Ctrl-C, which it gets too: a repair ends where the image is valid.
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } text)
        {
            JsonObject line = Parse(text);
            if (line["progress"] is { } fraction)
            {
                progress(fraction.GetValue<double>());
            }
            else if (line["result"] is JsonObject found)
            {
                hasResult = true;
                result(found);
            }
            else if (line["error"] is { } failure)
            {
                error = ((string)failure["kind"]!, (string)failure["message"]!);
            }
        }

        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        if (error is { } told)
        {
            throw new ImageException(told.Kind, told.Message);
        }

        if (process.ExitCode != 0 || !hasResult)
        {
            throw new CtlException(ExitStatus.Failed, $"'{runner[0]} image {operation}' ended with status {process.ExitCode} and no result.");
        }
    }

    private Process Start(string operation, string argument)
    {
        var start = new ProcessStartInfo(runner[0], [.. runner.Skip(1), operation, configuration, .. argument.Length > 0 ? new[] { argument } : []])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new CtlException(
                ExitStatus.Failed, $"{runner[0]} cannot be started: {exception.Message}.", "tcmuctl needs tcmu-runner beside it: install both.");
        }
    }

    private JsonObject Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            throw new CtlException(ExitStatus.Failed, $"{runner[0]} says '{text}', which is not what was asked for.", "tcmuctl and tcmu-runner must be of one version.");
        }
    }
}
