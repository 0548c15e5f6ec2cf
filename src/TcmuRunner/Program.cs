// SPDX-License-Identifier: Apache-2.0
using TcmuRunner;

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

static async Task<int> RunAsync(Arguments arguments)
{
    try
    {
        return await Daemon.RunAsync(arguments);
    }
    catch (DaemonException exception)
    {
        Console.Error.WriteLine($"tcmu-runner: {exception.Message}");
        return 1;
    }
}
