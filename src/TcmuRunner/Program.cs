// SPDX-License-Identifier: Apache-2.0
using TcmuRunner;
using TcmuRunner.Images;
using TcmuRunner.Serve;

if (args is ["serve", ..])
{
    return await ServeAsync(args.AsMemory(1));
}

if (args is ["image", ..])
{
    return await ImageCommand.RunAsync(args[1..]);
}

if (!ArgumentParser.TryParse(args, out Arguments? arguments, out string? error))
{
    Console.Error.WriteLine($"tcmu-runner: {error}; 'tcmu-runner --help' lists the options");
    return 2;
}

switch (arguments.Action)
{
    case ArgumentsAction.ShowHelp:
        Console.WriteLine(ArgumentParser.Help);
        return 0;
    case ArgumentsAction.ShowVersion:
        Console.WriteLine($"tcmu-runner {Daemon.Version}");
        return 0;
    default:
        return await RunAsync(arguments);
}

static async Task<int> ServeAsync(ReadOnlyMemory<string> words)
{
    if (!ServeArgumentParser.TryParse(words.Span, out ServeArguments? arguments, out string? error))
    {
        Console.Error.WriteLine($"tcmu-runner: {error}; 'tcmu-runner serve --help' explains");
        return 2;
    }

    if (arguments.ShowHelp)
    {
        Console.WriteLine(ServeArgumentParser.Help);
        return 0;
    }

    return await ReportAsync(ServeCommand.RunAsync(arguments));
}

static Task<int> RunAsync(Arguments arguments) => ReportAsync(Daemon.RunAsync(arguments));

static async Task<int> ReportAsync(Task<int> run)
{
    try
    {
        return await run;
    }
    catch (DaemonException exception)
    {
        Console.Error.WriteLine($"tcmu-runner: {exception.Message}");
        return 1;
    }
}
