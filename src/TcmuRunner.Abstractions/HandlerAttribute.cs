// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>
/// Names a handler that an assembly brings, <c>[assembly: Handler(typeof(FileHandler))]</c>, and records the contract version that it was
/// compiled against. The daemon reads both from the metadata, before any code of the assembly runs.
/// </summary>
/// <param name="handlerType">A public class with a parameterless constructor that implements <see cref="IHandler"/>.</param>
/// <param name="apiMajorVersion">Leave out: the compiler stores the SDK's.</param>
/// <param name="apiMinorVersion">Leave out: the compiler stores the SDK's.</param>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
public sealed class HandlerAttribute(
    Type handlerType,
    int apiMajorVersion = HandlerApi.MajorVersion,
    int apiMinorVersion = HandlerApi.MinorVersion) : Attribute
{
    /// <summary>The class that implements <see cref="IHandler"/>.</summary>
    public Type HandlerType { get; } = handlerType;

    /// <summary><see cref="HandlerApi.MajorVersion"/> at the time the handler was compiled.</summary>
    public int ApiMajorVersion { get; } = apiMajorVersion;

    /// <summary><see cref="HandlerApi.MinorVersion"/> at the time the handler was compiled.</summary>
    public int ApiMinorVersion { get; } = apiMinorVersion;
}
