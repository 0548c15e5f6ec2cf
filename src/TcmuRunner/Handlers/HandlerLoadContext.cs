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

    private bool IsOnlyInFramework(string name) => FrameworkAssemblies.Contains(name) && !File.Exists(Path.Combine(_directory, name + ".dll"));

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
