// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using TcmuRunner.DBus;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl watch</c>: what happens to devices and sessions, as it happens.</summary>
internal static class WatchCommand
{
    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var count = new Option<int?>("--count") { Description = "End after so many events." };
        var command = new Command("watch", "Show what happens to devices (added, failed, recovered, resized, removed), and who logs in and out.") { count };
        act(command, context => RunAsync(context, context.Get(count)));
        root.Add(command);
    }

    private static async Task<ExitStatus> RunAsync(CommandContext context, int? count)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        var events = Channel.CreateUnbounded<ReceivedSignal>(new UnboundedChannelOptions { SingleReader = true });
        using IDisposable watch = await daemon.WatchAsync(signal => events.Writer.TryWrite(signal));
        using IDisposable sessions = await daemon.WatchSessionsAsync(signal => events.Writer.TryWrite(signal));
        _ = CompleteAsync(daemon, events.Writer);
        int seen = 0;
        await foreach (ReceivedSignal happened in events.Reader.ReadAllAsync(context.CancellationToken))
        {
            if (happened.Member.StartsWith("Session", StringComparison.Ordinal))
            {
                WriteSession(context, happened);
            }
            else
            {
                Write(context, happened);
            }

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

    private static void WriteSession(CommandContext context, ReceivedSignal happened)
    {
        DateTimeOffset now = DateTimeOffset.Now;
        bool isOpened = happened.Member == "SessionOpened";
        (string target, string initiator) = ((string)happened.Arguments[1], (string)happened.Arguments[2]);
        if (context.Terminal.IsJson)
        {
            context.Terminal.JsonLine(new JsonObject
            {
                ["time"] = now.ToString("O", CultureInfo.InvariantCulture),
                ["event"] = isOpened ? "session opened" : "session closed",
                ["target"] = target,
                ["initiator"] = initiator,
            });
            return;
        }

        context.Terminal.Line(string.Create(
            CultureInfo.InvariantCulture, $"{now:HH:mm:ss} {initiator} {(isOpened ? "has logged in to" : "has left")} {target}"));
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
