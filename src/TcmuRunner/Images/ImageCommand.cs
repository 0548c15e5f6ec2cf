// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Configuration;
using TcmuRunner.Handlers;
using TcmuRunner.Io;
using TcmuRunner.Logging;

namespace TcmuRunner.Images;

/// <summary>
/// <c>tcmu-runner image OPERATION CONFIGURATION [ARGUMENT]</c>: looks after an image that nobody uses, without a daemon, for <c>tcmuctl image</c>.
/// It has the handlers, and tcmuctl has not.
/// </summary>
/// <remarks>
/// Standard output has one JSON object on each line: any number of <c>{"progress":0.5}</c>, then one <c>{"result":...}</c> (of a map, any
/// number) or <c>{"error":{"kind":...,"message":...}}</c>. The log goes to standard error.
/// </remarks>
/// <param name="output">Gets the lines.</param>
/// <param name="catalog">The handlers.</param>
/// <param name="logger">The images' log.</param>
internal sealed class ImageCommand(TextWriter output, HandlerCatalog catalog, Microsoft.Extensions.Logging.ILogger logger)
{
    private const int Done = 0, Failed = 1, WrongUsage = 2;

    /// <summary>Runs the command.</summary>
    /// <param name="words">The words after <c>image</c>; the first two may be <c>--handler-path DIR</c>.</param>
    /// <returns>The exit status.</returns>
    internal static async Task<int> RunAsync(string[] words)
    {
        string handlerPath = new Arguments().HandlerPath;
        if (words is ["--handler-path", var directory, ..])
        {
            (handlerPath, words) = (Path.GetFullPath(directory), words[2..]);
        }

        using var console = new LogOutput(interactive: true);
        using var factory = new SerilogLoggerFactory(
            new LoggerConfiguration().MinimumLevel.Is(LogOutput.ToLevel(LogVerbosity.Warning)).WriteTo.Sink(console).CreateLogger(), dispose: true);
        var catalog = new HandlerCatalog();
        new HandlerLoader(factory.CreateLogger<HandlerLoader>()).Load(handlerPath, catalog);
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            // A repair gives up where the image is valid.
            pressed.Cancel = true;
            stop.Cancel();
        };
        return await new ImageCommand(Console.Out, catalog, factory.CreateLogger<ImageCommand>()).RunAsync(words, stop.Token);
    }

    /// <summary>Runs the command with what it was given.</summary>
    internal async Task<int> RunAsync(string[] words, CancellationToken cancellationToken)
    {
        if (words.Length is < 2 or > 3 || ImageOperations.AccessFor(words[0]) is not { } access)
        {
            Error(HandlerErrorKind.InvalidConfiguration, "'tcmu-runner image' is for tcmuctl, which knows its operations: see 'tcmuctl image --help'.");
            return WrongUsage;
        }

        try
        {
            await using IImage image = await OpenAsync(words[1], access, cancellationToken);
            await RunAsync(image, words[0], words.Length == 3 ? words[2] : string.Empty, cancellationToken);
            return Done;
        }
        catch (HandlerException exception)
        {
            Error(exception.Kind, exception.Message);
        }
        catch (OperationCanceledException)
        {
            Error(HandlerErrorKind.Failed, "Interrupted.");
        }

        return Failed;
    }

    private async Task<IImage> OpenAsync(string text, ImageAccess access, CancellationToken cancellationToken)
    {
        if (!ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, reason);
        }

        if (!catalog.TryGet(configuration.Subtype, out IHandler? handler) || handler is not IImageHandler images)
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported,
                handler is null ? $"No handler for '{configuration.Subtype}' is loaded." : $"What the handler '{configuration.Subtype}' serves are no images.");
        }

        if (handler.CheckConfiguration(configuration).Reason is { } refusal)
        {
            throw new HandlerException(HandlerErrorKind.InvalidConfiguration, refusal);
        }

        var request = new ImageRequest { Configuration = configuration, Access = access, Files = new AsyncFileSystem(), Logger = logger };
        return await images.OpenImageAsync(request, cancellationToken);
    }

    private async Task RunAsync(IImage image, string operation, string argument, CancellationToken cancellationToken)
    {
        JsonObject result;
        do
        {
            result = await ImageOperations.RunAsync(image, operation, argument, new Lines(this), cancellationToken);
            argument = result["nextByte"]?.ToString() ?? string.Empty;
            Write(new JsonObject { ["result"] = result });
        }
        while (argument.Length > 0 && operation == "map");
    }

    private void Error(HandlerErrorKind kind, string message) =>
        Write(new JsonObject { ["error"] = new JsonObject { ["kind"] = kind.ToString(), ["message"] = message } });

    private void Write(JsonObject line)
    {
        lock (output)
        {
            output.WriteLine(line.ToJsonString());
            output.Flush();
        }
    }

    /// <summary>Progress as lines, a hundred at most.</summary>
    private sealed class Lines(ImageCommand command) : IProgress<double>
    {
        private int _percent = -1;

        public void Report(double value)
        {
            int percent = (int)(100 * value);
            if (Interlocked.Exchange(ref _percent, percent) != percent)
            {
                command.Write(new JsonObject { ["progress"] = value });
            }
        }
    }
}
