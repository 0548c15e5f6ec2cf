// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using TcmuRunner.Ctl.Images;
using TcmuRunner.Ctl.Output;

namespace TcmuRunner.Ctl.Commands;

/// <summary><c>tcmuctl image</c>: what is in an image, whether it is whole, its snapshots; of a file, or of a disk that is served.</summary>
internal static class ImageCommand
{
    private static readonly Option<string> s_handler = new("--handler")
    {
        Description = "The handler whose image it is.",
        Recursive = true,
        DefaultValueFactory = _ => "qcow",
    };

    private static readonly Option<string?> s_options = new("--options", "-o")
    {
        Description = "Options of the configuration string, as in 'secret=/etc/tcmu/disk1.key;format=qcow2'.",
        Recursive = true,
    };

    private static readonly Option<string?> s_runner = new("--runner") { Description = "tcmu-runner with its first words.", Hidden = true, Recursive = true };

    internal static void AddTo(Command root, Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var image = new Command("image", "Look after an image: a file that nobody uses or, where that is possible, one that the daemon serves.")
        {
            s_handler, s_options, s_runner,
        };
        Add("info", "Show what an image is, with its snapshots.", (context, path) => ShowAsync(context, path, "info", ""));
        Add("check", "Compare everything in an image that says the same thing twice; nothing is changed.", (context, path) => CheckAsync(context, path, "check"));
        Add("repair", "Correct what 'check' finds, as far as that loses nothing.", (context, path) => CheckAsync(context, path, "repair"));
        Add("map", "Draw which parts of the disk hold data, through all backing files.", MapAsync);
        image.Add(Snapshots(act));
        root.Add(image);

        void Add(string name, string description, Func<CommandContext, string, Task<ExitStatus>> run)
        {
            Argument<string> path = PathArgument();
            var command = new Command(name, description) { path };
            act(command, context => run(context, context.Get(path)));
            image.Add(command);
        }
    }

    private static Command Snapshots(Action<Command, Func<CommandContext, Task<ExitStatus>>> act)
    {
        var force = new Option<bool>("--force") { Description = "Also below the initiators of a disk that is served." };
        var snapshot = new Command("snapshot", "Make, apply or delete a snapshot inside an image.");
        Add("create", "Keep the disk as it is now. A disk that is served goes on; its commands wait meanwhile.");
        Add("apply", "Make the disk what it was at a snapshot; what was written since is lost.", force);
        Add("delete", "Delete a snapshot. The disk stays as it is.");
        return snapshot;

        void Add(string name, string description, Option<bool>? option = null)
        {
            Argument<string> path = PathArgument();
            var which = new Argument<string>("snapshot") { Description = name == "create" ? "Its name." : "Its id or name." };
            var command = new Command(name, description) { path, which };
            if (option is not null)
            {
                command.Add(option);
            }

            act(command, context => ChangeAsync(context, context.Get(path), name, context.Get(which), option is null || context.Get(option)));
            snapshot.Add(command);
        }
    }

    private static Argument<string> PathArgument() => new("image") { Description = "Path of the image." };

    private static Task<ExitStatus> ShowAsync(CommandContext context, string path, string operation, string argument) => UseAsync(context, path, async source =>
    {
        await source.RunAsync(operation, argument, _ => { }, Show, context.CancellationToken);
        return ExitStatus.Done;

        void Show(JsonObject result)
        {
            if (context.Terminal.IsJson)
            {
                result["served"] = source.IsServed;
                context.Terminal.Json(result);
            }
            else
            {
                ImageText.Describe(context.Terminal, result, source.IsServed);
            }
        }
    });

    private static Task<ExitStatus> CheckAsync(CommandContext context, string path, string operation) => UseAsync(context, path, async source =>
    {
        JsonObject found = [];
        await WithProgressAsync(
            context.Terminal,
            operation,
            progress => source.RunAsync(operation, "", progress, result => found = result, context.CancellationToken));
        if (context.Terminal.IsJson)
        {
            context.Terminal.Json(found);
        }
        else
        {
            ImageText.Report(context.Terminal, path, found);
        }

        return (long)found["corruptions"]! + (long)found["leaks"]! == 0 ? ExitStatus.Done : ExitStatus.Failed;
    });

    private static Task<ExitStatus> ChangeAsync(CommandContext context, string path, string change, string snapshot, bool mayApply) => UseAsync(context, path, source =>
    {
        if (source.IsServed && !mayApply)
        {
            throw new CtlException(
                ExitStatus.Failed,
                $"'{path}' is being served: its initiators would find other data than those they have in memory.",
                "Have them close the disk, then add --force.");
        }

        return source.RunAsync($"snapshot-{change}", snapshot, _ => { }, Show, context.CancellationToken).ContinueWith(
            done =>
            {
                done.GetAwaiter().GetResult();
                return ExitStatus.Done;
            },
            TaskScheduler.Default);

        void Show(JsonObject result)
        {
            if (context.Terminal.IsJson)
            {
                context.Terminal.Json(result);
            }
            else
            {
                ImageText.Snapshots(context.Terminal, result);
            }
        }
    });

    private static Task<ExitStatus> MapAsync(CommandContext context, string path) => UseAsync(context, path, async source =>
    {
        ImageMap? map = null;
        await source.RunAsync("map", "", _ => { }, Take, context.CancellationToken);
        foreach (string line in map?.Lines(path) ?? [])
        {
            context.Terminal.Line(line);
        }

        return ExitStatus.Done;

        void Take(JsonObject page)
        {
            map ??= context.Terminal.IsJson ? null : new ImageMap((long)page["sizeBytes"]!);
            foreach (JsonNode? extent in (JsonArray)page["extents"]!)
            {
                (long start, long length, bool isMapped) = ((long)extent![0]!, (long)extent[1]!, (bool)extent[2]!);
                map?.Add(start, length, isMapped);
                if (map is null)
                {
                    context.Terminal.JsonLine(new JsonObject { ["start"] = start, ["length"] = length, ["data"] = isMapped });
                }
            }
        }
    });

    /// <summary>Runs an action on the file or, when the daemon has it open, on what the daemon serves.</summary>
    private static async Task<ExitStatus> UseAsync(CommandContext context, string path, Func<IImageSource, Task<ExitStatus>> action)
    {
        string fullPath = Path.GetFullPath(path);
        string handler = context.Get(s_handler)!;
        string configuration = $"{handler}/{fullPath}{(context.Get(s_options) is { Length: > 0 } options ? $";{options}" : "")}";
        IReadOnlyList<string> runner = context.Get(s_runner) is { } words ? words.Split(' ') : ImageFile.DefaultRunner;
        if (fullPath.Contains(';', StringComparison.Ordinal))
        {
            throw new CtlException(ExitStatus.WrongUsage, $"The path '{fullPath}' has a semicolon, with which options begin in a configuration string.", "Give the image another name.");
        }

        try
        {
            return await action(new ImageFile(configuration, runner));
        }
        catch (ImageException exception) when (exception.IsBusy)
        {
            return await UseServedAsync(context, handler, fullPath, exception, action);
        }
        catch (ImageException exception)
        {
            throw new CtlException(exception.Status, exception.Message);
        }
    }

    private static async Task<ExitStatus> UseServedAsync(
        CommandContext context, string handler, string path, ImageException busy, Func<IImageSource, Task<ExitStatus>> action)
    {
        try
        {
            await using DaemonClient daemon = await context.ConnectAsync();
            if (await ServedImage.FindAsync(daemon, handler, path) is { } served)
            {
                return await action(served);
            }
        }
        catch (CtlException exception) when (exception.Status == ExitStatus.NoDaemon)
        {
            // No bus, so it is not the daemon on it that has the image.
        }

        IReadOnlyList<string> users = FileUsers.Find(path);
        throw new CtlException(
            ExitStatus.Failed, busy.Message, users.Count > 0 ? $"It is open in {string.Join(", ", users)}." : "Root can see in which program: try with sudo.");
    }

    private static async Task WithProgressAsync(Terminal terminal, string name, Func<Action<double>, Task> work)
    {
        if (!terminal.IsInteractive)
        {
            await work(_ => { });
            return;
        }

        await terminal.Rich.Progress().AutoClear(true).StartAsync(async bars =>
        {
            ProgressTask bar = bars.AddTask(name, maxValue: 1);
            await work(fraction => bar.Value = fraction);
        });
    }
}
