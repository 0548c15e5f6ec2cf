// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using TcmuRunner.Ctl.Output;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl session</c>: who is logged in at the daemon's iSCSI front.</summary>
internal static class SessionCommand
{
    private const ushort DefaultSeconds = 10;

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var group = new Command("session", "Show the initiators that are logged in to the daemon's own targets, and ask them to log out.");
        var list = new Command("ls", "List sessions with their connections and what they did.");
        act(list, ListAsync);
        group.Add(list);

        var id = new Argument<ulong>("session") { Description = "The number that 'session ls' shows." };
        var seconds = new Option<ushort>("--within") { Description = "After so many seconds its connections are closed.", DefaultValueFactory = _ => DefaultSeconds };
        var logout = new Command("logout", "Ask an initiator to log out. Most log in again at once: take its right away to keep it out.") { id, seconds };
        act(logout, context => LogOutAsync(context, context.Get(id), context.Get(seconds)));
        group.Add(logout);
        root.Add(group);
    }

    private static async Task<ExitStatus> ListAsync(CommandContext context)
    {
        await using DaemonClient daemon = await context.ConnectAsync();
        IReadOnlyList<SessionInfo> sessions = await daemon.GetSessionsAsync();
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonArray([.. sessions.Select(session => (JsonNode)TargetTree.ToJson(session.Facts))]));
            return ExitStatus.Done;
        }

        if (sessions.Count == 0)
        {
            context.Terminal.Line("Nobody is logged in.");
            return ExitStatus.Done;
        }

        Table table = Tables.Create("SESSION", "INITIATOR", "TARGET", "FROM", ">COMMANDS", ">READ", ">WRITTEN", ">ERRORS", ">IN FLIGHT");
        foreach (SessionFacts session in sessions.Select(session => session.Facts))
        {
            table.AddRow(
                new Text(session.Id.ToString(CultureInfo.InvariantCulture)),
                new Text(session.InitiatorName),
                new Text($"{session.TargetName},{session.Tag}"),
                new Text(string.Join(" ", session.Connections.Select(connection => connection.Remote))),
                new Text(session.Commands.ToString(CultureInfo.InvariantCulture)),
                new Text(ByteSize.Format(session.BytesRead)),
                new Text(ByteSize.Format(session.BytesWritten)),
                new Text(session.Errors.ToString(CultureInfo.InvariantCulture)),
                new Text(session.CommandsInFlight.ToString(CultureInfo.InvariantCulture)));
        }

        context.Terminal.Rich.Write(table);
        return ExitStatus.Done;
    }

    private static async Task<ExitStatus> LogOutAsync(CommandContext context, ulong id, ushort seconds)
    {
        if (seconds == 0)
        {
            throw new CtlException(ExitStatus.WrongUsage, "At least one second is needed.");
        }

        await using DaemonClient daemon = await context.ConnectAsync();
        SessionInfo session = await daemon.FindSessionAsync(id);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable watch = await daemon.WatchSessionsAsync(signal =>
        {
            if (signal.Member == "SessionClosed" && (string)signal.Arguments[0] == session.ObjectPath)
            {
                closed.TrySetResult();
            }
        });
        await daemon.LogOutAsync(session, seconds);

        // Its end is told a moment after its time is over.
        TimeSpan limit = TimeSpan.FromSeconds(seconds + 10);
        Task first = await Task.WhenAny(closed.Task, daemon.Ended, Task.Delay(limit, context.CancellationToken));
        if (first != closed.Task)
        {
            throw new CtlException(ExitStatus.Failed, $"The end of session {id} was not told.", "'tcmuctl session ls' shows whether it is there.");
        }

        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(new JsonObject { ["session"] = id, ["initiator"] = session.Facts.InitiatorName });
        }
        else
        {
            context.Terminal.Line($"Session {id} of {session.Facts.InitiatorName} has ended.");
        }

        return ExitStatus.Done;
    }
}
