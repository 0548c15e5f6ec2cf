// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using TcmuRunner.DBus;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl watch</c>: what happens to devices, as it happens.</summary>
internal static class WatchCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var count = new Option<int?>("--count") { Description = "End after so many events." };
        var command = new Command("watch", "Show what happens to devices: added, failed, recovered, resized, removed.") { count };
        act(command, context => RunAsync(context, context.Get(count)));
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, int? count)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        var events = Channel.CreateUnbounded<ReceivedSignal>(new UnboundedChannelOptions { SingleReader = true });
        using IDisposable watch = await daemon.WatchAsync(signal => events.Writer.TryWrite(signal));
        _ = CompleteAsync(daemon, events.Writer);
        int seen = 0;
        await foreach (ReceivedSignal happened in events.Reader.ReadAllAsync(context.CancellationToken))
        {
            Write(context, happened);
            if (++seen == count)
            {
                return ExitStatus.Done;
            }
        }

        throw new CtlException(ExitStatus.NoDaemon, "The bus has closed the connection.");
    }

    private static async Task CompleteAsync(DaemonClient daemon, ChannelWriter<ReceivedSignal> events)
    {
        await daemon.Ended;
        events.Complete();
    }

    private static void Write(CommandContext context, ReceivedSignal happened)
    {
        DateTimeOffset now = DateTimeOffset.Now;
        string what = happened.Member.Replace("Device", "", StringComparison.Ordinal).ToLowerInvariant();
        object? detail = happened.Arguments.Length > 2 ? happened.Arguments[2] : null;
        if (context.Terminal.IsJson)
        {
            var line = new JsonObject { ["time"] = now.ToString("O", CultureInfo.InvariantCulture), ["event"] = what, ["device"] = (string)happened.Arguments[1] };
            switch (detail)
            {
                case string reason:
                    line["reason"] = reason;
                    break;
                case ulong sizeBytes:
                    line["sizeBytes"] = sizeBytes;
                    break;
                default:
                    break;
            }

            context.Terminal.JsonLine(line);
            return;
        }

        string text = detail switch { string reason => $": {reason}", ulong sizeBytes => $" to {ByteSize.Format(sizeBytes)}", _ => "" };
        context.Terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{now:HH:mm:ss} {happened.Arguments[1]} {what}{text}"));
    }
}
