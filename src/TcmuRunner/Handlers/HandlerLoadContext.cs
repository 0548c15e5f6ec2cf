// SPDX-License-Identifier: Apache-2.0
using System.Reflection;
using System.Runtime.Loader;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers;

/// <summary>
/// Loads the assemblies of one handler folder. The handler shares the SDK, the logging abstractions and the framework with the daemon;
/// everything else is its own, so that two handlers can use different versions of one library.
/// </summary>
/// <remarks>Not unloadable: native threads may run code of the handler at any time. A replaced handler needs a restart.</remarks>
internal sealed class HandlerLoadContext : AssemblyLoadContext
{
    private static readonly string s_frameworkFiles = AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "";

    private readonly string _assemblyPath;
    private readonly string _directory;
    private readonly Lock _lock = new();

    // Made when first needed, because making it means reading and checking the .deps.json, and a handler over plain files needs none of it.
    private AssemblyDependencyResolver? _resolver;

    /// <summary>Makes a context for a handler.</summary>
    /// <param name="assemblyPath">The handler's assembly.</param>
    internal HandlerLoadContext(string assemblyPath)
        : base($"handler {Path.GetFileNameWithoutExtension(assemblyPath)}")
    {
        _assemblyPath = assemblyPath;
        _directory = Path.GetDirectoryName(assemblyPath)!;
    }

    /// <summary>Whether an assembly that the handler uses can be found.</summary>
    /// <param name="name">The assembly's simple name.</param>
    internal bool CanResolve(string name) => IsShared(name) || IsOnlyInFramework(name) || Find(new AssemblyName(name)) is not null;

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string name = assemblyName.Name ?? "";
        if (IsShared(name))
        {
            // By the assembly that the daemon itself runs, and not by name: a copy in the handler's folder must not win.
            return name == "TcmuRunner.Abstractions" ? typeof(IHandler).Assembly : typeof(Microsoft.Extensions.Logging.ILogger).Assembly;
        }

        if (IsOnlyInFramework(name))
        {
            return null;
        }

        return Find(assemblyName) is { } path
            ? LoadFromAssemblyPath(path)
            : throw new FileNotFoundException($"'{assemblyName.Name}' is neither in the handler's folder nor part of .NET");
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        Resolver().ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private static bool IsShared(string name) => name is "TcmuRunner.Abstractions" or "Microsoft.Extensions.Logging.Abstractions";

    private bool IsOnlyInFramework(string name) => IsInFramework(name) && !File.Exists(Path.Combine(_directory, name + ".dll"));

    // The list of the runtime holds the daemon's own files too: those are nobody else's.
    private static bool IsInFramework(string name)
    {
        string file = $"/{name}.dll";
        int end = s_frameworkFiles.IndexOf(file, StringComparison.OrdinalIgnoreCase);
        if (end < 0)
        {
            return false;
        }

        int start = s_frameworkFiles.LastIndexOf(Path.PathSeparator, end) + 1;
        return !s_frameworkFiles.AsSpan(start, end - start + 1).SequenceEqual(AppContext.BaseDirectory);
    }

    private string? Find(AssemblyName name)
    {
        string path = Path.Combine(_directory, name.Name + ".dll");
        return Resolver().ResolveAssemblyToPath(name) ?? (File.Exists(path) ? path : null);
    }

    private AssemblyDependencyResolver Resolver()
    {
        lock (_lock)
        {
            return _resolver ??= new AssemblyDependencyResolver(_assemblyPath);
        }
    }
}
