// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tests;

/// <summary>Against a folder that stands for <c>/sys/module</c>, and programs that stand for <c>modprobe</c>.</summary>
public sealed class KernelModuleTests : IDisposable
{
    private readonly TemporaryFolder _system = new();

    public void Dispose() => _system.Dispose();

    private string Module => _system.Combine("target_core_user");

    [Fact]
    public void A_module_that_is_there_is_not_loaded()
    {
        Directory.CreateDirectory(Module);
        string mark = _system.Combine("mark");

        KernelModule.EnsureLoaded(Module, Loader($"touch {mark}"));

        Assert.False(File.Exists(mark));
    }

    [Fact]
    public void A_missing_module_is_loaded()
    {
        KernelModule.EnsureLoaded(Module, Loader($"mkdir {_system.Path}/$1"));

        Assert.True(Directory.Exists(Module));
    }

    [Fact]
    public void A_module_that_does_not_load_is_named_with_the_reason_and_the_remedy()
    {
        DaemonException exception = Assert.Throws<DaemonException>(
            () => KernelModule.EnsureLoaded(Module, Loader("echo no such module >&2; exit 1")));

        Assert.Equal(DaemonErrorKind.ModuleMissing, exception.Kind);
        Assert.Contains("target_core_user", exception.Message, StringComparison.Ordinal);
        Assert.Contains("(no such module)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("install the modules package", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_without_modprobe_gets_the_same_answer()
    {
        DaemonException exception = Assert.Throws<DaemonException>(
            () => KernelModule.EnsureLoaded(Module, _system.Combine("no-modprobe")));

        Assert.Equal(DaemonErrorKind.ModuleMissing, exception.Kind);
    }

    private string Loader(string script)
    {
        string path = _system.Write("loader", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
