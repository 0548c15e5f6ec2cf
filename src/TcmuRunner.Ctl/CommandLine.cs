// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Completions;
using TcmuRunner.Ctl.Commands;
using TcmuRunner.Ctl.Output;
using TcmuRunner.DBus;
using TcmuRunner.Lio;

namespace TcmuRunner.Ctl;

/// <summary>The command line: its grammar, and what each command does.</summary>
internal static class CommandLine
{
    private static readonly Option<bool> s_json = new("--json") { Description = "Write JSON, for programs.", Recursive = true };
    private static readonly Option<string?> s_bus = new("--bus") { Description = "Address of the bus.", Hidden = true, Recursive = true };

    private static readonly Option<string> s_targetRoot = new("--target-root")
    {
        Description = "The target subsystem in configfs.",
        Hidden = true,
        Recursive = true,
        DefaultValueFactory = _ => Root.DefaultPath,
    };

    /// <summary>Runs a command line.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <param name="output">Gets results.</param>
    /// <param name="error">Gets messages.</param>
    /// <param name="cancellationToken">Ends commands that would go on; Ctrl-C does too.</param>
    /// <returns>An <see cref="ExitStatus"/>.</returns>
    internal static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        RootCommand root = Create(output, error);
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            new Terminal(output, error, parsed.GetValue(s_json)).Error(parsed.Errors[0].Message, "'tcmuctl --help' and 'tcmuctl COMMAND --help' show what there is.");
            return (int)ExitStatus.WrongUsage;
        }

        var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        return await parsed.InvokeAsync(configuration, cancellationToken);
    }

    private static RootCommand Create(TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Controls tcmu-runner: its disks, its handlers, and what the kernel's targets make of them.") { s_json, s_bus, s_targetRoot };
        StatusCommand.AddTo(root, Act);
        ListCommand.AddTo(root, Act);
        HandlersCommand.AddTo(root, Act);
        CheckCommand.AddTo(root, Act);
        CreateCommand.AddTo(root, Act);
        DeleteCommand.AddTo(root, Act);
        ResizeCommand.AddTo(root, Act);
        ExportCommand.AddTo(root, Act);
        TargetCommand.AddTo(root, Act);
        SessionCommand.AddTo(root, Act);
        ApplyCommand.AddTo(root, Act);
        ZonesCommand.AddTo(root, Act);
        ImageCommand.AddTo(root, Act);
        TopCommand.AddTo(root, Act);
        WatchCommand.AddTo(root, Act);
        LogLevelCommand.AddTo(root, Act);
        ExplainCommand.AddTo(root, Act);
        DoctorCommand.AddTo(root, Act);
        BenchCommand.AddTo(root, Act);
        CompletionCommand.AddTo(root, Act);
        return root;

        void Act(Command command, Func<CommandContext, Task<ExitStatus>> action) => command.SetAction(
            async (parsed, cancellationToken) => (int)await ActAsync(parsed, action, output, error, cancellationToken));
    }

    private static async Task<ExitStatus> ActAsync(
        ParseResult parsed, Func<CommandContext, Task<ExitStatus>> action, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(output, error, parsed.GetValue(s_json));
        try
        {
            return await action(new CommandContext(parsed, terminal, parsed.GetValue(s_bus), parsed.GetValue(s_targetRoot)!, cancellationToken));
        }
        catch (CtlException exception)
        {
            terminal.Error(exception.Message, exception.Remedy);
            return exception.Status;
        }
        catch (LioException exception)
        {
            terminal.Error(exception.Message, exception.Kind == LioErrorKind.NotPermitted ? "Use sudo." : null);
            return exception.Kind switch
            {
                LioErrorKind.NotFound => ExitStatus.NotFound,
                LioErrorKind.NotPermitted => ExitStatus.NotPermitted,
                _ => ExitStatus.Failed,
            };
        }
        catch (BusException exception)
        {
            terminal.Error(exception.Message, null);
            return ExitStatus.Failed;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C ends what would go on for ever.
            return ExitStatus.Done;
        }
    }

    /// <summary>The argument that names a device, with the names of devices as completions.</summary>
    internal static Argument<string> DeviceArgument()
    {
        var argument = new Argument<string>("device") { Description = "The device: its name, handler/name, user_N/name or uioN." };
        argument.CompletionSources.Add(_ => Complete(async daemon => (await daemon.GetDevicesAsync()).Select(device => device.Name)));
        return argument;
    }

    /// <summary>An option or argument that is a size.</summary>
    internal static ulong? ParseSize(System.CommandLine.Parsing.ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (ByteSize.TryParse(text, out ulong bytes))
        {
            return bytes;
        }

        result.AddError($"'{text}' is not a size: write 512, 10G or 1.5TiB.");
        return null;
    }

    /// <summary>What the daemon has for a word. A shell waits for it: a daemon that does not answer soon has none.</summary>
    internal static IEnumerable<CompletionItem> Complete(Func<DaemonClient, Task<IEnumerable<string>>> names)
    {
        try
        {
            return Task.Run(async () =>
            {
                await using DaemonClient daemon = await DaemonClient.ConnectAsync(null);
                return await daemon.IsRunningAsync() ? (await names(daemon)).Select(name => new CompletionItem(name)) : [];
            }).WaitAsync(TimeSpan.FromSeconds(2)).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (exception is CtlException or BusException or TimeoutException)
        {
            return [];
        }
    }
}
