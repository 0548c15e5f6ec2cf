// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers;

/// <summary>What the metadata of an assembly say of one handler in it.</summary>
/// <param name="TypeName">Full name of the class that implements the handler.</param>
/// <param name="ApiMajorVersion">Major version of the contract that it was compiled against.</param>
/// <param name="ApiMinorVersion">Minor version of the contract that it was compiled against.</param>
internal sealed record HandlerManifest(string TypeName, int ApiMajorVersion, int ApiMinorVersion);
